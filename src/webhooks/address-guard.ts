import { type IpAddress, type IpRange, isWithinAny, mappedIpv4, parseIpv4, parseIpv6 } from "../sip/ip.ts";
import { isPublicIp } from "../sip/special-ranges.ts";

/** Which addresses a webhook may go to: public ones, and those that the operator allows. */
export interface AddressGuard {
  /** False also for text that is not an address. */
  allows(address: string): boolean;
}

export function buildAddressGuard(allowed: readonly IpRange[]): AddressGuard {
  return {
    allows: (text) => {
      const ip = parse(text);
      return ip !== null && (isWithinAny(ip, allowed) || isPublicIp(ip));
    },
  };
}

/** An IPv6 address that embeds an IPv4 address is judged as the IPv4 address. */
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
