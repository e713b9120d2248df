import { type IpAddress, type IpRange, isWithinAny, parseRange } from "./ip.ts";

/**
 * The special ranges of IP addresses: IANA's registries for IPv4 and IPv6 (RFC 6890), multicast (RFC 5771), and what is
 * not global unicast in IPv6 (RFC 4291 2.4). Webhooks may not go to any of them. An address in a `local` range has a
 * meaning only inside the network in which it was seen.
 */
export const specialRanges: readonly (readonly [range: string, scope: "local" | "global", what: string])[] = [
  ["0.0.0.0/8", "local", "this network, RFC 1122 3.2.1.3"],
  ["10.0.0.0/8", "local", "private, RFC 1918"],
  ["100.64.0.0/10", "local", "carrier-grade NAT, RFC 6598"],
  ["127.0.0.0/8", "local", "loopback"],
  ["169.254.0.0/16", "local", "link-local, RFC 3927"],
  ["172.16.0.0/12", "local", "private, RFC 1918"],
  ["192.0.0.0/24", "global", "protocol assignments, RFC 6890"],
  ["192.0.2.0/24", "global", "documentation, which samples and tests use as a public address"],
  ["192.88.99.0/24", "global", "6to4 relays, RFC 7526"],
  ["192.168.0.0/16", "local", "private, RFC 1918"],
  ["198.18.0.0/15", "global", "benchmarks, RFC 2544"],
  ["198.51.100.0/24", "global", "documentation"],
  ["203.0.113.0/24", "global", "documentation"],
  ["224.0.0.0/4", "local", "multicast, RFC 5771"],
  ["240.0.0.0/4", "local", "reserved, and broadcast"],
  ["::/128", "local", "unspecified"],
  ["::1/128", "local", "loopback"],
  ["fc00::/7", "local", "unique local, RFC 4193"],
  ["fe80::/10", "local", "link-local"],
  ["ff00::/8", "local", "multicast"],
  ["2001::/23", "global", "Teredo and other protocol assignments"],
  ["2001:db8::/32", "global", "documentation"],
  ["2002::/16", "global", "6to4, whose addresses carry any IPv4 address"],
  ["3fff::/20", "global", "documentation, RFC 9637"],
  // Everything outside 2000::/3.
  ["::/3", "global", "not global unicast"],
  ["4000::/2", "global", "not global unicast"],
  ["8000::/1", "global", "not global unicast"],
];

export const isLocalIp = (ip: IpAddress): boolean => isWithinAny(ip, localRanges);

/** True for an ordinary address of the public internet. */
export const isPublicIp = (ip: IpAddress): boolean => !isWithinAny(ip, allRanges);

const readRanges = (scopes: readonly string[]): readonly IpRange[] =>
  specialRanges.filter(([, scope]) => scopes.includes(scope)).flatMap(([range]) => parseRange(range) ?? []);

const localRanges = readRanges(["local"]);
const allRanges = readRanges(["local", "global"]);
