import { describe, expect, test } from "vitest";
import { isPhoneNumber } from "../../../src/sip/phone-form.ts";
import { isEquivalent, matchKey, parseUri } from "../../../src/sip/uri.ts";

const refused = [
  ["no number", "tel:"],
  ["only a plus", "tel:+"],
  ["only separators", "tel:+-.()"],
  ["spaces", "tel:+1 201 555 0123"],
  ["letters in a global number", "tel:+1-800-FLOWERS"],
  ["letters that are not hex digits", "tel:1-800-FLOWERS;phone-context=+1"],
  ["letters without a context", "tel:Dad"],
  ["a plus inside", "tel:1+2;phone-context=+1"],
  ["a plus in parentheses", "tel:(+1)201"],
  ["a separator before the plus of a context", "tel:1;phone-context=-+1"],
  ["a context without value", "tel:1;phone-context"],
  ["an escaped plus", "tel:%2B1"],
  ["a query", "tel:+1?x=y"],
  ["a user at a host", "tel:+1@h.example"],
  ["an empty context", "tel:1;phone-context="],
  ["a context without a digit", "tel:1;phone-context=+-"],
  ["a context that is neither name nor number", "tel:1;phone-context=64"],
  ["a context with a broken label", "tel:1;phone-context=a-.nz"],
  ["an extension of letters", "tel:+1;ext=abc"],
  ["an extension with a plus", "tel:+1;ext=+1"],
  ["an empty extension", "tel:+1;ext="],
  ["a subaddress without value", "tel:+1;isub"],
  ["a subaddress and an extension", "tel:+1;isub=1;ext=2"],
  ["a parameter given twice", "tel:+1;a=1;A=1"],
  ["a parameter without its value", "tel:+1;a="],
  ["a parameter name with an underscore", "tel:+1;a_b=1"],
  ["a bad escape", "tel:+1;a=%4"],
  ["an unknown mandatory parameter", "tel:+1;m-tariff=1"],
] as const;

const equal = [
  ["visual separators", "tel:+1-(201).555-0123", "tel:+12015550123"],
  ["the scheme's case", "TEL:+1", "tel:+1"],
  ["the order of parameters", "tel:+1;a=b;c=d", "tel:+1;c=d;a=b"],
  ["the case of parameters", "tel:+358-555-1234567;postd=pp22", "tel:+358-555-1234567;POSTD=PP22"],
  ["the case of hex digits", "tel:AB12;phone-context=h.example", "tel:ab12;phone-context=H.example"],
  ["separators in a context", "tel:911;phone-context=+1-911", "tel:911;phone-context=+1911"],
  ["separators in an extension", "tel:+1;ext=1-2", "tel:+1;ext=12"],
  ["escapes of unreserved characters", "tel:+1;a=%62", "tel:+1;a=b"],
  ["the spelling of #", "tel:*98#", "tel:*98%23"],
] as const;

const different = [
  ["being local or global", "tel:+1", "tel:1"],
  ["another digit", "tel:+12", "tel:+13"],
  ["a parameter in one only", "tel:+1;a=b", "tel:+1"],
  ["another value", "tel:+1;ext=1", "tel:+1;ext=2"],
  ["another context", "tel:7042;phone-context=a.example", "tel:7042;phone-context=b.example"],
  ["a context and a prefix (5.1.5)", "tel:911;phone-context=+1", "tel:+1911"],
  ["a leading zero", "tel:+390612345", "tel:+39612345"],
  ["an escaped semicolon", "tel:+1;a=b%3Bc", "tel:+1;a=b;c"],
] as const;

describe("tel URIs by RFC 3966", () => {
  test.for(refused)("a tel URI with %s is refused", ([, text]) => {
    expect(parseUri(text)).toBeNull();
  });

  test.for(equal)("equality ignores %s (4)", ([, a, b]) => {
    expect(isEquivalent(a, b)).toBe(true);
    expect(matchKey(a)).toBe(matchKey(b));
  });

  test.for(different)("numbers differ by %s (4)", ([, a, b]) => {
    expect(isEquivalent(a, b)).toBe(false);
    expect(matchKey(a)).not.toBe(matchKey(b));
    expect([matchKey(a), matchKey(b)]).not.toContain(null);
  });

  test.for([
    ["tel:+1-201-555-0123", "+12015550123", true, true],
    ["tel:7042;phone-context=example.com", "7042", false, true],
    ["tel:863-1234;phone-context=+1-914-555", "8631234", false, true],
    ["tel:033316005;phone-context=3phone.J.", "033316005", false, true],
    ["tel:7042", "7042", false, false],
    ["tel:*98#;", "*98#", false, false],
  ] as const)("%s is the number %s", ([text, number, global, dialable]) => {
    expect(parseUri(text)).toMatchObject({ kind: "tel", number, global, dialable });
  });

  test("parameters are sorted as RFC 3966 3 says", () => {
    expect(matchKey("tel:12;zeta=1;phone-context=+3-4;alpha;isub=5:A")).toBe(
      "k1|tel:12;isub=5:a;phone-context=+34;alpha;zeta=1",
    );
  });
});

describe("phone numbers in SIP URIs (RFC 3261 19.1.6)", () => {
  test.for([
    ["tel:+358-555-1234567;postd=pp22", "sip:+358-555-1234567;postd=pp22@foo.com;user=phone"],
    [
      "tel:+358-555-1234567;POSTD=PP22;isub=1411",
      "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone",
    ],
  ] as const)("%s is the user part of %s", ([tel, sip]) => {
    expect(matchKey(sip)).toBe(`${matchKey(tel)?.replace("tel:", "sip:")}@foo.com`);
  });

  test.for([
    ["tel:+1", true],
    ["tel:7042", true],
    ["sip:+1-212-555-1212@gw.example", true],
    ["sip:%2B12125551212@gw.example", true],
    ["sip:1212@gw.example;user=phone", true],
    ["sip:1212@gw.example;%75ser=%50hone", true],
    ["sip:1212@gw.example", false],
    ["sip:alice@gw.example;user=phone", false],
    ["sip:+alice@gw.example", false],
    ["sip:gw.example;user=phone", false],
  ] as const)("%s is a phone number: %s", ([text, expected]) => {
    const uri = parseUri(text);
    expect(uri !== null && isPhoneNumber(uri)).toBe(expected);
  });
});
