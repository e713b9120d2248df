import { BlockList } from "node:net";
import { assert as check, constantFrom, integer, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { formatIp, type IpAddress, parseIpv4, parseIpv6 } from "../../../src/sip/ip.ts";
import { isLocalIp, isPublicIp, specialRanges } from "../../../src/sip/special-ranges.ts";

const read = (text: string): IpAddress => {
  const ip = parseIpv4(text) ?? parseIpv6(text);
  if (ip === null) throw new Error(text);
  return ip;
};

// address, whether it is local, whether a webhook may go there
const cases: [string, boolean, boolean][] = [
  ["8.8.8.8", false, true],
  ["172.15.255.255", false, true],
  ["172.16.0.0", true, false],
  ["172.31.255.255", true, false],
  ["172.32.0.0", false, true],
  ["100.63.255.255", false, true],
  ["100.64.0.0", true, false],
  ["100.128.0.0", false, true],
  ["198.17.255.255", false, true],
  ["198.18.0.0", false, false],
  ["192.0.2.1", false, false],
  ["255.255.255.255", true, false],
  ["::", true, false],
  ["::1", true, false],
  ["::2", false, false],
  ["::ffff:10.0.0.1", true, false],
  ["::ffff:8.8.8.8", false, true],
  ["2001:1ff:ffff::1", false, false],
  ["2001:200::1", false, true],
  ["2606:4700::1111", false, true],
  ["2001:db8::1", false, false],
  ["2002:808:808::1", false, false],
  ["3fff:fff::1", false, false],
  ["3fff:1000::1", false, true],
  ["4000::1", false, false],
  ["fbff::1", false, false],
  ["fdff::1", true, false],
  ["fe80::1", true, false],
  ["fec0::1", false, false],
  ["ff02::1", true, false],
];

test.for(cases)("%s: local %s, public %s", ([address, local, reachable]) => {
  expect(isLocalIp(read(address))).toBe(local);
  expect(isPublicIp(read(address))).toBe(reachable);
});

test("every range is listed once, and starts at its own prefix", () => {
  expect(new Set(specialRanges.map(([range]) => range)).size).toBe(specialRanges.length);
  for (const [range] of specialRanges) {
    const [start = "", prefix = ""] = range.split("/");
    const list = new BlockList();
    list.addSubnet(start, Number(prefix), range.includes(":") ? "ipv6" : "ipv4");
    expect(list.rules[0]).toContain(`${start}/${prefix}`);
  }
});

const octet = integer({ min: 0, max: 255 });
const group = integer({ min: 0, max: 0xffff });
const first = constantFrom(0, 0x2001, 0x2002, 0x3fff, 0x4000, 0xfc00, 0xfe80, 0xfebf, 0xff02);
const anyIp = constantFrom(4, 6).chain((version) =>
  version === 4
    ? tuple(octet, octet, octet, octet).map((parts): IpAddress => ({ version: 4, parts }))
    : tuple(first, group, group, group, group, group, group, group).map(
        (parts): IpAddress => ({ version: 6, parts }),
      ),
);

// Node's BlockList is the reference. It needs a list for each family, because ::/3 would contain all IPv4 addresses.
function listFor(family: "ipv4" | "ipv6", scopes: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [range, scope] of specialRanges) {
    const [start = "", prefix = ""] = range.split("/");
    if (range.includes(":") === (family === "ipv6") && scopes.includes(scope))
      list.addSubnet(start, Number(prefix), family);
  }
  return list;
}

test("an address is public if it is in no range, and local if it is in a local range", () => {
  check(
    property(anyIp, (ip) => {
      const family = ip.version === 4 ? "ipv4" : "ipv6";
      expect(isPublicIp(ip)).toBe(!listFor(family, ["local", "global"]).check(formatIp(ip), family));
      expect(isLocalIp(ip)).toBe(listFor(family, ["local"]).check(formatIp(ip), family));
    }),
  );
});
