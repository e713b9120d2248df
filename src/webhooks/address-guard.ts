import { listRanges } from "../config/ranges.ts";
import { formatIp, type IpAddress, mappedIpv4, parseIpv4, parseIpv6 } from "../sip/ip.ts";

/** Which addresses a webhook may go to: those of the public internet, and what the operator allows. */
export interface AddressGuard {
  /** False also for what is no address. */
  allows(address: string): boolean;
}

// IANA's special-purpose registry for IPv4, and multicast (RFC 6890, RFC 5771).
const privateIpv4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
// Of IPv6 only global unicast is public (RFC 4291 2.4), without what is special in it: Teredo and others of
// 2001::/23, 6to4, whose addresses carry any IPv4 address, and documentation.
const publicIpv6 = ["2000::/3"];
const privateIpv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/** `allowed` are addresses and ranges such as `127.0.0.0/8` or `::1`, known to be well-formed. */
export function buildAddressGuard(allowed: readonly string[]): AddressGuard {
  const allowList = listRanges(allowed);
  return {
    allows: (text) => {
      const ip = parse(text);
      if (ip === null) return false;
      const family = ip.version === 4 ? "ipv4" : "ipv6";
      const address = formatIp(ip);
      if (allowList.check(address, family)) return true;
      return ip.version === 4
        ? !privateRanges.check(address, family)
        : publicRanges.check(address, family) && !privateRanges.check(address, family);
    },
  };
}

/** An IPv6 address that stands for an IPv4 one is judged as that one. */
function parse(text: string): IpAddress | null {
  const ip = parseIpv4(text) ?? parseIpv6(text);
  return ip === null ? null : (mappedIpv4(ip) ?? translatedIpv4(ip) ?? ip);
}

/** The IPv4 address behind NAT64's `64:ff9b::/96` (RFC 6052 2.1), or null. */
function translatedIpv4(ip: IpAddress): IpAddress | null {
  const isTranslated = ip.version === 6 && nat64.every((part, i) => ip.parts[i] === part);
  return isTranslated
    ? { version: 4, parts: ip.parts.slice(6).flatMap((part) => [part >> 8, part & 0xff]) }
    : null;
}

const nat64 = [0x64, 0xff9b, 0, 0, 0, 0];

const privateRanges = listRanges([...privateIpv4, ...privateIpv6]);
const publicRanges = listRanges(publicIpv6);
