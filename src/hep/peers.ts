import { listRanges } from "../config/ranges.ts";
import { formatIp, mappedIpv4, parseIpv4, parseIpv6 } from "../sip/ip.ts";

/** Which addresses may send. */
export type Peers = (address: string) => boolean;

const mostRemembered = 4096;

/** Of addresses and ranges such as 10.0.0.0/8; an IPv4 address that arrives as IPv6 is the same. */
export function allowPeers(ranges: readonly string[]): Peers {
  const allowed = listRanges(ranges);
  // Asked for each datagram, of which a few agents send all.
  const remembered = new Map<string, boolean>();
  return (address) => {
    const known = remembered.get(address);
    if (known !== undefined) return known;
    // A link-local address has the name of its interface behind it.
    const [bare = ""] = address.split("%");
    const read = parseIpv4(bare) ?? parseIpv6(bare);
    const ip = read === null ? null : (mappedIpv4(read) ?? read);
    const isAllowed = ip !== null && allowed.check(formatIp(ip), ip.version === 4 ? "ipv4" : "ipv6");
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(address, isAllowed);
    return isAllowed;
  };
}
