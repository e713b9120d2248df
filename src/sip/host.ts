import { withoutTrailingDot } from "./hostname.ts";
import { type IpAddress, mappedIpv4 } from "./ip.ts";
import type { SipUri } from "./sip-uri.ts";
import type { TelUri } from "./tel.ts";

export interface HostKind {
  /** An IP literal, not a name. */
  readonly literal: boolean;
  /** Means nothing, or something else, outside of the network that it was seen in. */
  readonly private: boolean;
}

/**
 * RFC 6761 and RFC 6762, and `internal`, reserved by ICANN. `example` and `test` count as public: samples and
 * tests use them as such.
 */
const PRIVATE_SUFFIX = /\.(?:local|internal|invalid|localhost)$/;

/** What kind of host an address names; a tel URI counts as a public name. */
export function hostKind(uri: SipUri | TelUri): HostKind {
  if (uri.kind === "tel") return { literal: false, private: false };
  if (uri.ip !== null) return { literal: true, private: isPrivateIp(uri.ip) };
  const name = withoutTrailingDot(uri.host).toLowerCase();
  return { literal: false, private: !name.includes(".") || PRIVATE_SUFFIX.test(name) };
}

function isPrivateIp(ip: IpAddress): boolean {
  const ipv4 = ip.version === 4 ? ip : mappedIpv4(ip);
  return ipv4 === null ? isPrivateIpv6(ip.parts) : isPrivateIpv4(ipv4.parts);
}

function isPrivateIpv4([a = 0, b = 0]: readonly number[]): boolean {
  return (
    a === 0 || // this network, RFC 1122 3.2.1.3
    a === 10 || // RFC 1918
    (a === 172 && b >= 16 && b <= 31) || // RFC 1918
    (a === 192 && b === 168) || // RFC 1918
    (a === 100 && b >= 64 && b <= 127) || // carrier-grade NAT, RFC 6598
    a === 127 || // loopback
    (a === 169 && b === 254) || // link-local, RFC 3927
    a >= 224 // multicast, RFC 5771, and the reserved rest up to broadcast
  );
}

function isPrivateIpv6(groups: readonly number[]): boolean {
  const [first = 0] = groups;
  const isUnspecifiedOrLoopback = groups.every((group, i) => group === 0 || (i === 7 && group === 1));
  return (
    isUnspecifiedOrLoopback ||
    first >> 9 === 0xfc >> 1 || // fc00::/7, RFC 4193
    first >> 6 === 0xfe80 >> 6 || // fe80::/10, link-local
    first >> 8 === 0xff // ff00::/8, multicast
  );
}
