import { type IpRange, isWithinAny, parseIpv4, parseIpv6 } from "../sip/ip.ts";

/** True if this IP address may send. */
export type Peers = (address: string) => boolean;

const maxRemembered = 4096;

/** An IPv4 address inside IPv6 counts as the IPv4 address. */
export function allowPeers(ranges: readonly IpRange[]): Peers {
  // This runs for each datagram, and only a few agents send them.
  const remembered = new Map<string, boolean>();
  return (address) => {
    const known = remembered.get(address);
    if (known !== undefined) return known;
    // A link-local address ends with the name of its interface: fe80::1%eth0.
    const [bare = ""] = address.split("%");
    const ip = parseIpv4(bare) ?? parseIpv6(bare);
    const isAllowed = ip !== null && isWithinAny(ip, ranges);
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(address, isAllowed);
    return isAllowed;
  };
}
