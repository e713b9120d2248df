import { expect, test } from "vitest";
import { hostKind } from "../../../src/sip/host.ts";
import { parseUri } from "../../../src/sip/uri.ts";

function kindOf(host: string) {
  const uri = parseUri(host.startsWith("tel:") ? host : `sip:u@${host}`);
  return uri && hostKind(uri);
}

test.for([
  "atlanta.com",
  "atlanta.com.",
  "pbx.example",
  "pbx.test",
  "local.example",
  "notlocal.mylocal",
  "tel:+1",
  "tel:7042",
])("%s is a public name", (host) => {
  expect(kindOf(host)).toEqual({ literal: false, private: false });
});

test.for(["pbx", "pbx.", "localhost", "pbx.local", "PBX.Local.", "a.b.internal", "x.invalid", "a.localhost"])(
  "%s is a private name",
  (host) => {
    expect(kindOf(host)).toEqual({ literal: false, private: true });
  },
);

test.for([
  "192.0.2.1",
  "8.8.8.8",
  "172.15.0.1",
  "172.32.0.1",
  "192.167.1.1",
  "100.63.0.1",
  "100.128.0.1",
  "169.253.0.1",
  "223.1.1.1",
  "[2001:db8::1]",
  "[fe00::1]",
  "[fec0::1]",
  "[::2]",
  "[::ffff:8.8.8.8]",
  "[1::1]",
])("%s is a public literal", (host) => {
  expect(kindOf(host)).toEqual({ literal: true, private: false });
});

test.for([
  ["RFC 1918", "10.1.2.3"],
  ["RFC 1918", "172.16.0.1"],
  ["RFC 1918", "172.31.255.1"],
  ["RFC 1918", "192.168.0.1"],
  ["RFC 6598", "100.64.0.1"],
  ["RFC 6598", "100.127.0.1"],
  ["loopback", "127.0.0.1"],
  ["loopback", "[::1]"],
  ["link-local", "169.254.1.1"],
  ["link-local", "[fe80::1]"],
  ["link-local", "[febf::1]"],
  ["multicast", "224.0.1.75"],
  ["multicast", "239.1.1.1"],
  ["multicast", "[ff02::1]"],
  ["RFC 4193", "[fc00::1]"],
  ["RFC 4193", "[fdff::1]"],
  ["unspecified", "0.0.0.0"],
  ["unspecified", "[::]"],
  ["broadcast", "255.255.255.255"],
  ["IPv4-mapped RFC 1918", "[::ffff:10.0.0.1]"],
  ["IPv4-mapped loopback", "[::ffff:7f00:1]"],
] as const)("a literal of %s is private: %s", ([, host]) => {
  expect(kindOf(host)).toEqual({ literal: true, private: true });
});
