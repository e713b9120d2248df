import { describe, expect, test } from "vitest";
import { maxUriLength, parseUri } from "../../../src/sip/uri.ts";

describe("the grammar of RFC 3261 25.1 with RFC 5954 and RFC 8217", () => {
  test.for([
    ["a user at a domain (19.1.3)", "sip:alice@atlanta.com"],
    ["a password and a transport (19.1.3)", "sip:alice:secretword@atlanta.com;transport=tcp"],
    ["headers (19.1.3)", "sips:alice@atlanta.com?subject=project%20x&priority=urgent"],
    ["a phone number with a PIN (19.1.3)", "sip:+1-212-555-1212:1234@gateway.com;user=phone"],
    ["an address literal (19.1.3)", "sip:alice@192.0.2.4"],
    ["no user (19.1.3)", "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com"],
    ["a parameter in the user part (19.1.3)", "sip:alice;day=tuesday@atlanta.com"],
    ["a scheme in any case", "SiPs:alice@atlanta.com"],
    ["every character of a user part", "sip:aZ09-_.!~*'()&=+$,;?/%2a@h.example"],
    ["slashes are user characters", "sip://alice@h.example"],
    ["every character of a password", "sip:u:aZ09-_.!~*'()&=+$,%2a@h.example"],
    ["an empty password", "sip:u:@h.example"],
    ["a password that looks like a port", "sip:localhost:65536@h.example"],
    ["every character of a parameter", "sip:h.example;aZ09-_.!~*'()[]/:&+$%21=aZ09-_.!~*'()[]/:&+$%21"],
    ["every character of a header", "sip:h.example?aZ09-_.!~*'()[]/?:+$%21=aZ09-_.!~*'()[]/?:+$%21"],
    ["an empty header value", "sip:h.example?subject=&x="],
    ["one label", "sip:alice@localhost"],
    ["a trailing dot", "sip:alice@example.net."],
    ["hyphens inside labels, digits first", "sip:u@1a.2--b.c3.xn--p1ai"],
    ["a name that starts like an address", "sip:u@1.2.3.4.example"],
    ["the lowest and the highest port", "sip:u@h:0;x?a=b"],
    ["the highest port", "sip:u@h:65535"],
    ["IPv6 with and without a port (RFC 5118 4.1)", "sip:[2001:db8::10]:5070"],
    ["a port inside the brackets is a group (RFC 5118 4.5)", "sip:[2001:db8::10:5070]"],
    ["IPv6 with an IPv4 tail (RFC 5118 4.8)", "sip:user@[::ffff:192.0.2.10]:19823"],
    ["IPv6 in a parameter", "sip:h.example;maddr=[2001:db8::1]"],
    ["all zeros", "sip:[::]"],
    ["one group left out", "sip:[1:2:3:4:5:6:7::]"],
    ["a comma in the user part (RFC 8217)", "sip:10.0.0.1,@10.0.0.0"],
    [
      "unusual characters (RFC 4475 intmeth)",
      "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
    ],
    ["an escaped scheme in the user part (RFC 4475 esc01)", "sip:sips%3Auser%40example.com@example.net"],
    [
      "escaped parameter names (RFC 4475 esc01)",
      "sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31",
    ],
    ["escaped NULs (RFC 4475 escnull)", "sip:null-%00-null@example.com"],
    ["a semicolon in the user part (RFC 4475 semiuri)", "sip:user;par=u%40example.net@example.com"],
    ["an escaped header (RFC 4475 escruri)", "sip:user@example.com?Route=%3Csip:example.com%3E"],
  ])("accepts %s", ([, text = ""]) => {
    expect(parseUri(text)).not.toBeNull();
  });

  test.for([
    ["an empty text", ""],
    ["no scheme", "alice@atlanta.com"],
    ["another scheme", "mailto:alice@atlanta.com"],
    ["an unknown scheme (RFC 4475 unkscm)", "nobodyKnowsThisScheme:totallyopaquecontent"],
    ["a scheme that is escaped", "%73ip:u@h"],
    ["only a scheme", "sip:"],
    ["an empty user", "sip:@atlanta.com"],
    ["an empty user with a password", "sip::secret@atlanta.com"],
    ["no host", "sip:alice@"],
    ["no host before parameters", "sip:;transport=udp"],
    ["two at signs", "sip:alice@home@atlanta.com"],
    ["brackets around it (RFC 4475 ltgtruri)", "<sip:user@example.com>"],
    ["spaces inside (RFC 4475 lwsruri)", "sip:user@example.com; lr"],
    ["a space after the scheme", "sip: alice@atlanta.com"],
    ["a quote in the user part", 'sip:"alice"@atlanta.com'],
    ["a line break", "sip:alice@atlanta.com\r\n"],
    ["a NUL", "sip:alice\0@atlanta.com"],
    ["a tab", "sip:alice@atlanta.com\t"],
    ["a letter beyond ASCII in the user part", "sip:zoë@atlanta.com"],
    ["a letter beyond ASCII in the host", "sip:u@iñaki.example"],
    ["an escape in the host (19.1.2)", "sip:u@atlanta%2Ecom"],
    ["an escape cut short", "sip:u%4@h.example"],
    ["an invalid escape", "sip:u@h.example;x=%zz"],
    ["an octet above 255 (RFC 5954)", "sip:bob@444.555.666.777"],
    ["an octet with a leading zero (RFC 5954)", "sip:bob@192.168.010.1"],
    ["three octets", "sip:bob@192.0.2"],
    ["an address with a trailing dot", "sip:bob@192.0.2.1."],
    ["a name of digits", "sip:5060"],
    ["a top label with a digit first", "sip:u@example.1com"],
    ["an empty label", "sip:u@a..example"],
    ["only a dot", "sip:u@."],
    ["a hyphen at the end of a label", "sip:u@a-.example"],
    ["a hyphen at the start of a label", "sip:u@-a.example"],
    ["IPv6 without brackets (RFC 5118 4.2)", "sip:2001:db8::10"],
    ["IPv6 without its end", "sip:[2001:db8::1"],
    ["IPv6 with two gaps", "sip:[1::2::3]"],
    ["IPv6 with nine groups", "sip:[1:2:3:4:5:6:7:8:9]"],
    ["IPv6 with an empty gap", "sip:[1:2:3:4:5:6:7::8]"],
    ["IPv6 with five digits", "sip:[12345::]"],
    ["IPv6 with IPv4 in front", "sip:[192.0.2.1::1]"],
    ["IPv6 with a zone", "sip:[fe80::1%25eth0]"],
    ["IPv6 with text after it", "sip:[::1]5060"],
    ["empty brackets", "sip:[]"],
    ["a port above 65535", "sip:u@h:65536"],
    ["a port of letters", "sip:u@h:sip"],
    ["two ports", "sip:u@h:5060:5060"],
    ["a parameter given twice (19.1.1)", "sip:u@h;lr;x=1;LR"],
    ["a parameter given twice, once escaped", "sip:u@h;lr;%6Cr"],
    ["a parameter without a name", "sip:u@h;=x"],
    ["a parameter without its value", "sip:u@h;x="],
    ["a header without =", "sip:u@h?subject"],
    ["a header without a name", "sip:u@h?=x"],
    ["an empty header list", "sip:u@h?"],
    ["an empty header", "sip:u@h?a=b&"],
  ])("refuses %s", ([, text = ""]) => {
    expect(parseUri(text)).toBeNull();
  });

  test("returns the parts as received", () => {
    const text = "SIPS:%61lice:pa%20ss@AtLanTa.com.:5061;Transport=TCP;lr;x=A%20b?Subject=a%20b&to=";
    expect(parseUri(text)).toStrictEqual({
      kind: "sip",
      scheme: "sips",
      user: "%61lice",
      password: "pa%20ss",
      host: "AtLanTa.com.",
      ip: null,
      port: 5061,
      params: new Map([
        ["transport", "TCP"],
        ["lr", null],
        ["x", "A%20b"],
      ]),
      headers: [
        { name: "Subject", value: "a%20b" },
        { name: "to", value: "" },
      ],
    });
  });

  test("a parameter may be named __proto__", () => {
    expect(parseUri("sip:u@h;__proto__=x")).toMatchObject({ params: new Map([["__proto__", "x"]]) });
  });
});

describe("parseUri accepts what the grammar forbids", () => {
  test.for([
    ["a raw # in the user part is %23", "sip:1234#0044@h.example", { user: "1234%230044" }],
    ["an underscore in a host name", "sip:u@my_proxy.lan_1.example", { host: "my_proxy.lan_1.example" }],
    ["a semicolon at the end", "sip:u@h.example;", { params: new Map() }],
    ["empty parameters", "sip:u@h.example;;lr;;", { params: new Map([["lr", null]]) }],
    ["an empty port", "sip:u@h.example:", { port: null }],
    ["spaces around it", "  sip:u@h.example ", { host: "h.example" }],
    ["a quoted value", 'sip:u@h.example;gr="a@b;?c \\" d"', { params: new Map([["gr", '"a@b;?c \\" d"']]) }],
    ["a quoted @ without a user", 'sip:h.example;x="a@b"?y=z', { user: null, host: "h.example" }],
    [
      ":: and an extra colon (RFC 5118 4.10)",
      "sip:u@[2001:db8:::192.0.2.1]",
      { host: "[2001:db8::192.0.2.1]" },
    ],
  ] as const)("%s", ([, text, parts]) => {
    expect(parseUri(text)).toMatchObject(parts);
  });

  test.for([
    ["a raw # in a host", "sip:u@#h.example"],
    ["a raw # in a parameter", "sip:u@h.example;x=#"],
    ["an underscore in front of the top label", "sip:u@_example"],
    ["an extra colon elsewhere", "sip:[2001:::1]"],
    ["a quote that is never closed", 'sip:u@h.example;x="a'],
    ["a bracket in a quoted value", 'sip:u@h.example;x="a>b"'],
    ["a quoted name", 'sip:u@h.example;"x"=a'],
    ["a quoted value with a control", 'sip:u@h.example;x="a\tb"'],
  ])("but refuses %s", ([, text = ""]) => {
    expect(parseUri(text)).toBeNull();
  });
});

test("a text that is too long is not an address", () => {
  const longest = `sip:${"a".repeat(maxUriLength - "sip:@h.example".length)}@h.example`;
  expect(parseUri(longest)).not.toBeNull();
  expect(parseUri(`${longest}x`)).toBeNull();
  expect(parseUri(`sip:${"#".repeat(maxUriLength / 2)}@h.example`)).toBeNull();
});
