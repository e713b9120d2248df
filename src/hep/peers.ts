import { listRanges } from "../config/ranges.ts";
import { formatIp, mappedIpv4, parseIpv4, parseIpv6 } from "../sip/ip.ts";

/** True if this IP address may send. */
export type Peers = (address: string) => boolean;

const maxRemembered = 4096;

/** Allows IP addresses and ranges such as 10.0.0.0/8. An IPv4 address inside IPv6 counts as the IPv4 address. */
export function allowPeers(ranges: readonly string[]): Peers {
  const allowed = listRanges(ranges);
  // This runs for each datagram, and only a few agents send them.
  const remembered = new Map<string, boolean>();
  return (address) => {
    const known = remembered.get(address);
    if (known !== undefined) return known;
    // A link-local address ends with the name of its interface: fe80::1%eth0.
    const [bare = ""] = address.split("%");
    const read = parseIpv4(bare) ?? parseIpv6(bare);
    const ip = read === null ? null : (mappedIpv4(read) ?? read);
    const isAllowed = ip !== null && allowed.check(formatIp(ip), ip.version === 4 ? "ipv4" : "ipv6");
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(address, isAllowed);
    return isAllowed;
  };
}
