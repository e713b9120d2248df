import { BlockList, isIPv4 } from "node:net";

export const loopback = ["127.0.0.0/8", "::1"] as const;

/** Makes one list of valid addresses and ranges, such as `127.0.0.0/8` or `::1`. */
export function listRanges(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix] = range.split("/");
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
