import { BlockList, isIP } from "node:net";

/** Which addresses may send. */
export type Peers = (address: string) => boolean;

const mostRemembered = 4096;

/** Of addresses and ranges such as 10.0.0.0/8; an IPv4 address that arrives as IPv6 is the same. */
export function allowPeers(ranges: readonly string[]): Peers {
  const allowed = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (prefix === undefined) allowed.addAddress(address, family);
    else allowed.addSubnet(address, Number(prefix), family);
  }
  // Asked for each datagram, of which a few agents send all.
  const remembered = new Map<string, boolean>();
  return (address) => {
    const known = remembered.get(address);
    if (known !== undefined) return known;
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
    const isAllowed = allowed.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(address, isAllowed);
    return isAllowed;
  };
}

export const loopback = ["127.0.0.0/8", "::1"] as const;
