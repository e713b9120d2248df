import { describe, expect, test } from "vitest";
import { matchKey, parseUri } from "../../../src/sip/uri.ts";

const same = [
  ["the scheme sip or sips (RFC 5630 5.2)", "sip:u@h.example", "sips:u@h.example"],
  ["the case of scheme and host", "sip:u@h.example", "SIP:u@H.Example"],
  ["escapes of any character (10.3)", "sip:+442079460018@h.example", "sip:%2B442079460018@h.example"],
  ["escapes of unreserved characters", "sip:alice@h.example", "sip:%61l%69ce@h.example"],
  ["hex digits in any case", "sip:a%3ab@h.example", "sip:a%3Ab@h.example"],
  ["a raw #", "sip:1#2@h.example", "sip:1%232@h.example"],
  ["the password", "sip:u@h.example", "sip:u:secret@h.example"],
  ["the default port", "sip:u@h.example", "sip:u@h.example:5060"],
  ["the default port of sips", "sips:u@h.example", "sips:u@h.example:5061"],
  ["the default port of TLS", "sip:u@h.example;transport=tls", "sip:u@h.example:5061;transport=TLS"],
  ["a trailing dot", "sip:u@h.example", "sip:u@h.example."],
  ["routing parameters", "sip:u@h.example", "sip:u@h.example;lr;ob;rinstance=1;ttl=1;pn-prid=x;x=%20"],
  ["the transport", "sip:u@h.example;transport=udp", "sip:u@h.example;transport=tcp"],
  ["user=phone", "sip:1001@h.example", "sip:1001@h.example;user=phone"],
  ["IPv6 texts (RFC 5952)", "sip:u@[2001:DB8:0:0:0:0:0:1]", "sip:u@[2001:db8::1]"],
  ["IPv6 with an IPv4 tail", "sip:u@[::FFFF:192.0.2.1]", "sip:u@[::ffff:c000:201]"],
  ["the extra colon (RFC 5118 4.10)", "sip:u@[2001:db8:::192.0.2.1]", "sip:u@[2001:db8::c000:201]"],
  ["visual separators of a number", "sip:+1-(212).555-1212@h.example", "sip:+12125551212@h.example"],
  ["separators with user=phone", "sip:020-7946@h.example;user=PHONE", "sip:0207946@h.example;user=phone"],
  ["escaped separators", "sip:+1%2d2@h.example", "sip:+12@h.example"],
  ["the order of number parameters", "sip:+1;b=c;isub=9@h.example", "sip:+1;ISUB=9;B=C@h.example"],
  [
    "the context's separators",
    "sip:911;phone-context=+1-2@h;user=phone",
    "sip:911;phone-context=+12@h;user=phone",
  ],
  ["the case of a GRUU", "sip:u@h.example;gr=urn:ABC", "sip:u@h.example;GR=urn:abc"],
] as const;

const distinct = [
  ["the case of the user", "sip:alice@h.example", "sip:Alice@h.example"],
  ["a missing user", "sip:alice@h.example", "sip:h.example"],
  ["a non-default port", "sip:1001@h.example", "sip:1001@h.example:5080"],
  ["another default port", "sip:u@h.example", "sip:u@h.example:5061"],
  ["the default of the other scheme", "sips:u@h.example", "sips:u@h.example:5060"],
  ["port 5060 over TLS", "sip:u@h.example;transport=tls", "sip:u@h.example:5060;transport=tls"],
  ["one device and the address", "sip:u@h.example;gr=urn:a", "sip:u@h.example"],
  ["two devices", "sip:u@h.example;gr=urn:a", "sip:u@h.example;gr=urn:b"],
  ["a temporary GRUU", "sip:u@h.example;gr", "sip:u@h.example"],
  ["dots of a name", "sip:a.b@h.example", "sip:ab@h.example"],
  ["separators of a local number", "sip:1-2@h.example", "sip:12@h.example"],
  ["parameters in the user part", "sip:u;day=tuesday@h.example", "sip:u@h.example"],
  ["a trunk group", "sip:+1;tgrp=a;trunk-context=h@h.example", "sip:+1@h.example"],
  ["an escaped %", "sip:%2541@h.example", "sip:A@h.example"],
  ["an escaped % in a number", "sip:+1;x=%2541@h.example", "sip:+1;x=A@h.example"],
  ["an escaped @", "sip:a%40b@h.example", "sip:a@h.example"],
  ["IPv4 and its IPv6 form", "sip:u@192.0.2.1", "sip:u@[::ffff:192.0.2.1]"],
  ["a tel number and a gateway's", "tel:+12125551212", "sip:+12125551212@h.example;user=phone"],
  ["a global number and a local one", "tel:+1", "tel:1"],
] as const;

const none = [
  ["headers", "sip:u@h.example?subject=x"],
  ["a method", "sip:u@h.example;Method=INVITE"],
  ["maddr", "sip:u@h.example;maddr=192.0.2.1"],
  ["an escaped maddr", "sip:u@h.example;m%61ddr=192.0.2.1"],
  ["another scheme", "mailto:u@h.example"],
  ["text that is not a URI", "u@h.example"],
] as const;

describe("matchKey is the index of RFC 3261 10.3 step 5", () => {
  test.for(same)("does not depend on %s", ([, a, b]) => {
    expect(matchKey(a)).toBe(matchKey(b));
    expect(matchKey(a)).not.toBeNull();
  });

  test.for(distinct)("depends on %s", ([, a, b]) => {
    expect(matchKey(a)).not.toBe(matchKey(b));
    expect([matchKey(a), matchKey(b)]).not.toContain(null);
  });

  test.for(none)("is null for %s", ([, text]) => {
    expect(matchKey(text)).toBeNull();
  });

  test.for([
    ["sip:alice@Atlanta.COM", "k1|sip:alice@atlanta.com"],
    ["sips:%61%40b:pw@h.example.:5080;lr", "k1|sip:a%40b@h.example:5080"],
    ["sip:[2001:DB8::1]:5060", "k1|sip:[2001:db8::1]"],
    ["sip:[2001:db8:0:1:1:1:1:1]", "k1|sip:[2001:db8:0:1:1:1:1:1]"],
    ["sip:[2001:db8:0:0:1:0:0:1]", "k1|sip:[2001:db8::1:0:0:1]"],
    ["sip:[2001:0:0:1:0:0:0:1]", "k1|sip:[2001:0:0:1::1]"],
    ["tel:+1;a=%3bB", "k1|tel:+1;a=%3Bb"],
    ["sip:u@h.example;gr=urn:A%20b", "k1|sip:u@h.example;gr=urn:a%20b"],
    ["sip:+1-2;ext=3-4@gw.example", "k1|sip:+12;ext=34@gw.example"],
    ["sip:*98%23@h.example;user=phone", "k1|sip:*98%23@h.example"],
    ["sip:Bob@h.example;user=phone", "k1|sip:Bob@h.example"],
    ["sip:Dad@h.example;user=phone", "k1|sip:Dad@h.example"],
    ["sip:+1;m-x=1@h.example", "k1|sip:+1;m-x=1@h.example"],
    ["tel:+1-(212).555", "k1|tel:+1212555"],
  ])("%s has the key %s", ([text = "", key]) => {
    expect(matchKey(text)).toBe(key);
  });

  test("accepts a parsed URI or its text", () => {
    const uri = parseUri("sip:alice@atlanta.com");
    expect(uri && matchKey(uri)).toBe(matchKey("sip:alice@atlanta.com"));
  });

  test("a key is opaque, and reading it as a URI may give another key", () => {
    expect(matchKey("sips:x@h.example:5060")).toBe("k1|sip:x@h.example:5060");
    expect(matchKey("sip:x@h.example:5060")).toBe("k1|sip:x@h.example");
  });
});
