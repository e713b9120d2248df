import { describe, expect, test } from "vitest";
import { buildAddressGuard } from "../../../src/webhooks/address-guard.ts";
import { findUrlFault, hostOf, isAddress } from "../../../src/webhooks/url.ts";
import { rangesOf } from "../../support/pbx/ranges.ts";

const refused = [
  ["this network", "0.0.0.0"],
  ["RFC 1918", "10.0.0.1"],
  ["RFC 1918", "172.16.0.1"],
  ["RFC 1918", "172.31.255.255"],
  ["RFC 1918", "192.168.1.1"],
  ["carrier-grade NAT", "100.64.0.1"],
  ["loopback", "127.0.0.1"],
  ["loopback", "127.255.255.254"],
  ["cloud metadata", "169.254.169.254"],
  ["documentation", "192.0.2.1"],
  ["benchmarks", "198.18.0.1"],
  ["multicast", "224.0.0.1"],
  ["reserved", "240.0.0.1"],
  ["broadcast", "255.255.255.255"],
  ["unspecified", "::"],
  ["loopback", "::1"],
  ["an IPv4 loopback, mapped", "::ffff:127.0.0.1"],
  ["an IPv4 loopback, mapped and in hex", "::ffff:7f00:1"],
  ["an IPv4 loopback, compatible", "::127.0.0.1"],
  ["metadata behind NAT64", "64:ff9b::169.254.169.254"],
  ["a local NAT64", "64:ff9b:1::1"],
  ["a private address in 6to4", "2002:a00:1::1"],
  ["Teredo", "2001::1"],
  ["documentation", "2001:db8::1"],
  ["documentation", "3fff::1"],
  ["unique local", "fc00::1"],
  ["unique local, AWS metadata", "fd00:ec2::254"],
  ["link-local", "fe80::1"],
  ["link-local with a zone", "fe80::1%eth0"],
  ["site-local", "fec0::1"],
  ["multicast", "ff02::1"],
  ["no address", "localhost"],
  ["nothing", ""],
] as const;

describe("webhooks may not go to", () => {
  test.for(refused)("%s: %s", ([, address]) => {
    expect(buildAddressGuard([]).allows(address)).toBe(false);
  });
});

test.for(["1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "64:ff9b::1.1.1.1", "::ffff:1.1.1.1"])(
  "webhooks may go to the public address %s",
  (address) => {
    expect(buildAddressGuard([]).allows(address)).toBe(true);
  },
);

// with the range … allowed, the address … may be used: …
const allowed: [string, string, boolean][] = [
  ["127.0.0.0/8", "127.0.0.1", true],
  ["127.0.0.0/8", "::ffff:127.0.0.1", true],
  ["127.0.0.0/8", "::1", false],
  ["::1", "::1", true],
  ["10.1.0.0/16", "10.1.2.3", true],
  ["10.1.0.0/16", "10.2.0.1", false],
  ["fd00::/8", "fd12::1", true],
  ["::/3", "10.0.0.1", false],
  ["::ffff:10.1.0.0/112", "10.1.2.3", true],
  ["::ffff:10.1.0.0/112", "10.2.0.1", false],
];

test.for(allowed)("the range %s allows the address %s: %s", ([range, address, expected]) => {
  expect(buildAddressGuard(rangesOf(range)).allows(address)).toBe(expected);
});

// An address is normalised before it is checked, however the URL spells it.
const spellings: [string, string][] = [
  ["http://0x7f.1/", "127.0.0.1"],
  ["http://2130706433/", "127.0.0.1"],
  ["http://0177.0.0.1/", "127.0.0.1"],
  ["http://127.1/", "127.0.0.1"],
  ["http://[::ffff:127.0.0.1]/", "::ffff:7f00:1"],
  ["http://①②⑦.0.0.1/", "127.0.0.1"],
  ["http://[fe80::1]:8080/", "fe80::1"],
];

test.for(spellings)("the host %s is read as the address %s", ([text, address]) => {
  const url = new URL(text);
  expect(hostOf(url)).toBe(address);
  expect(isAddress(url)).toBe(true);
});

const urls: [string, string | null][] = [
  ["https://crm.example/hooks?x=1", null],
  ["http://crm.example:8080/", null],
  ["ftp://crm.example/", "must be an http or https URL"],
  ["file:///etc/passwd", "must be an http or https URL"],
  ["crm.example", "must be an http or https URL"],
  ["", "must be an http or https URL"],
  ["https://u:p@crm.example/", "must not carry a user or a password"],
  ["https://u@crm.example/", "must not carry a user or a password"],
  ["https://crm.example/#x", "must not have a fragment"],
];

test.for(urls)("the URL %s is checked", ([url, fault]) => {
  expect(findUrlFault(url)).toBe(fault);
});
