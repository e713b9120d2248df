import { describe, expect, test } from "vitest";
import { isEquivalent } from "../../../src/sip/uri.ts";

const equal = [
  // RFC 3261 19.1.4, the examples of equivalent URIs
  ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on"],
  ["sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"],
  [
    "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
  ],
  [
    "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
  ],
  // RFC 5954 4.2: address literals by their value
  ["sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]"],
  ["sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]"],
  ["sip:bob@[2001:DB8:0:0::1]", "sip:bob@[2001:db8::1]"],
  ["sip:bob@[::];maddr=[::1]", "sip:bob@[0::0];maddr=[0:0::1]"],
  // escapes: unreserved characters only, hex digits in any case
  ["sip:%7ebob%2D@h.example", "sip:~bob-@h.example"],
  ["sip:a%3bb@h.example", "sip:a%3Bb@h.example"],
  ["sip:u:p%61ss@h.example", "sip:u:pass@h.example"],
  ["sip:h.example;%6Cr=v%61lue", "sip:h.example;LR=VALUE"],
  ["sip:v%61lue%25%34%31@h.example", "sip:value%2541@h.example"],
  // parameters in one URI only
  ["sip:u@h.example", "sip:u@h.example;lr;ob;gr;rinstance=a;comp=sigcomp"],
  ["sip:u@h.example;gr=urn:x", "sip:u@h.example;GR=URN:X"],
  // headers in any case and order (7.3.1)
  ["sip:h.example?A=b&c=d&c=e", "sip:h.example?c=E&C=D&a=B"],
  ["SIP:h.example:05060", "sip:H.example:5060"],
  ["sip:1#2@h.example", "sip:1%232@h.example"],
] as const;

const different = [
  // RFC 3261 19.1.4, the examples of URIs that are not equivalent
  ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
  ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
  // the components
  ["sip:u@h.example", "sips:u@h.example"],
  ["sip:u@h.example", "sip:h.example"],
  ["sip:u@h.example", "sip:u:@h.example"],
  ["sip:u:a@h.example", "sip:u:A@h.example"],
  ["sip:u@h.example", "sip:u@h.example."],
  ["sip:u@192.0.2.128", "sip:u@[::ffff:192.0.2.128]"],
  // reserved characters are not their escapes
  ["sip:%2B1@h.example", "sip:+1@h.example"],
  ["sip:a%3Bb@h.example", "sip:a;b@h.example"],
  ["sip:v%2541@h.example", "sip:vA@h.example"],
  // never ignored
  ["sip:u@h.example", "sip:u@h.example;user=phone"],
  ["sip:u@h.example", "sip:u@h.example;ttl=15"],
  ["sip:u@h.example", "sip:u@h.example;method=INVITE"],
  ["sip:u@h.example", "sip:u@h.example;maddr=192.0.2.1"],
  ["sip:u@h.example;gr", "sip:u@h.example;gr=urn:x"],
  ["sip:h.example?a=b&a=b", "sip:h.example?a=b"],
  // tel and sip URIs are never equal (RFC 3261 19.1.6)
  ["tel:+1", "sip:+1@h.example;user=phone"],
  // not addresses
  ["mailto:a@b.example", "mailto:a@b.example"],
  ["sip:u@h.example", "sip:u@h.example;x="],
] as const;

describe("isEquivalent follows RFC 3261 19.1.4 with RFC 5954", () => {
  test.for(equal)("%s equals %s", ([a, b]) => {
    expect([isEquivalent(a, b), isEquivalent(b, a)]).toEqual([true, true]);
  });

  test.for(different)("%s does not equal %s", ([a, b]) => {
    expect([isEquivalent(a, b), isEquivalent(b, a)]).toEqual([false, false]);
  });
});
