import { describe, expect, test } from "vitest";
import { type ContactValue, parseContactHeader } from "../../../src/sip/contact.ts";

/** A value that has only a URI. */
const plain = (uri: string): ContactValue => ({ uri, displayName: null, q: null, params: {} });

// one address, with these fields beside its URI
const single: [string, string, Partial<ContactValue>][] = [
  ["no brackets: parameters are the header's (RFC 8217)", "sip:a@h.example;lr", { params: { lr: null } }],
  ["a comma in a quoted name", '"A, Thomas" <sip:a@h.example>', { displayName: "A, Thomas" }],
  ["a URI in a quoted name", '"<sip:x@x.example>" <sip:a@h.example>', { displayName: "<sip:x@x.example>" }],
  ["escaped quotes in a name", '"a \\"b\\\\" <sip:a@h.example>', { displayName: 'a "b\\' }],
  ["escaped controls in a name", '"a\\\u0000b\\\u007f" <sip:a@h.example>', { displayName: "ab" }],
  ["an empty name", '"" <sip:a@h.example>', { displayName: "" }],
  ["a name of tokens", "Foo \t Bar<sip:a@h.example>", { displayName: "Foo Bar" }],
  ["a name beyond ASCII", "Jérôme <sip:a@h.example>", { displayName: "Jérôme" }],
  [
    "brackets in quoted parameters",
    'sip:a@h.example;+sip.instance="<urn:uuid:1>"',
    { params: { "+sip.instance": '"<urn:uuid:1>"' } },
  ],
  [
    "an expiry of RFC 2543",
    '<sip:a@h.example>;expires="Sat, 01 Dec 2040 16:00:00 GMT"',
    { params: { expires: '"Sat, 01 Dec 2040 16:00:00 GMT"' } },
  ],
  [
    "spaces in all legal places",
    "  <sip:a@h.example>\t; Q = 0.5 ;\tFoo = Bar ",
    { q: 0.5, params: { foo: "Bar" } },
  ],
  [
    "folded lines (RFC 4475 wsinv)",
    '"Quoted string \\"\\"" <sip:a@h.example> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\n',
    { displayName: 'Quoted string ""', q: 0.33, params: { newparam: "newvalue", secondparam: null } },
  ],
  ["lines folded by bare LF", "\n sip:a@h.example\n\t;x", { params: { x: null } }],
  [
    "a host as a value",
    "<sip:a@h.example>;received=[2001:db8::1]",
    { params: { received: "[2001:db8::1]" } },
  ],
  ["spaces in brackets (RFC 4475 badaspec)", "< sip:a@h.example >", {}],
  ["empty parameters", "<sip:a@h.example>;;x;", { params: { x: null } }],
  ["an empty value", "<sip:a@h.example>;x=", { params: { x: "" } }],
];

const lists: [string, string, readonly ContactValue[]][] = [
  [
    "the example of RFC 3261 20.10",
    '"Mr. Watson" <sip:watson@worcester.bell-telephone.com>;q=0.7; expires=3600, "Mr. Watson" <mailto:watson@bell-telephone.com> ;q=0.1',
    [
      {
        uri: "sip:watson@worcester.bell-telephone.com",
        displayName: "Mr. Watson",
        q: 0.7,
        params: { expires: "3600" },
      },
      { ...plain("mailto:watson@bell-telephone.com"), displayName: "Mr. Watson", q: 0.1 },
    ],
  ],
  [
    "without brackets",
    "sip:a@w.example, sip:b@w.example",
    [plain("sip:a@w.example"), plain("sip:b@w.example")],
  ],
  ["with URI parameters in brackets", "<sip:a@h.example;lr>", [plain("sip:a@h.example;lr")]],
  ["with a comma in brackets (RFC 8217)", "<sip:10.0.0.1,@10.0.0.0>", [plain("sip:10.0.0.1,@10.0.0.0")]],
  [
    "with commas in quoted parameters",
    '<sip:a@h.example>;methods="INVITE,BYE", <sip:b@h.example>',
    [{ ...plain("sip:a@h.example"), params: { methods: '"INVITE,BYE"' } }, plain("sip:b@h.example")],
  ],
  [
    "of every scheme",
    "<tel:+1>, <urn:service:sos>, http://h.example/%20, <novel:x>",
    [plain("tel:+1"), plain("urn:service:sos"), plain("http://h.example/%20"), plain("novel:x")],
  ],
  ["with the wildcard of a REGISTER", " * ", [plain("*")]],
  ["that is empty", " ", []],
  ["of only commas", ",,", []],
];

const malformed = [
  ["no scheme", "<alice@h.example>"],
  ["a URI that parseUri refuses", "<sip:a@h.example:port>"],
  ["a tel URI that parseUri refuses", "<tel:1-800-FLOWERS>"],
  ["empty brackets", "<>"],
  ["only a scheme", "<http:>"],
  ["spaces in a URI of another scheme", "<http://a b>"],
  ["? without brackets (RFC 4475 regbadct)", "sip:user@example.com?Route=%3Csip:sip.example.com%3E"],
  ["; in a user part without brackets", "sip:alice;day=tuesday@h.example"],
  ["a name without brackets", "Alice sip:a@h.example"],
  ["a quoted name without brackets", '"Alice" sip:a@h.example'],
  ["a quoted name alone", '"sip:a@h.example"'],
  ["a closing bracket only", '"Alice" xsip:a@h.example>'],
  ["text between name and brackets", '"Alice" x <sip:a@h.example>'],
  ["a name that is not a token", "A:B <sip:a@h.example>"],
  ["a control in a quoted name", '"a\u0001" <sip:a@h.example>'],
  ["text after the brackets", "<sip:a@h.example> x"],
  ["two addresses in one value", "<sip:a@h.example> <sip:b@h.example>"],
  ["brackets in brackets", "<<sip:a@h.example>>"],
  ["a parameter given twice", "<sip:a@h.example>;x=1;X=2"],
  ["a q given twice", "<sip:a@h.example>;q=1;q=0"],
  ["a parameter without a name", "<sip:a@h.example>;=x"],
  ["a name that is not a token", "<sip:a@h.example>;a@b"],
  ["a value that is not a token", "<sip:a@h.example>;a=<b>"],
  ["text after a quoted value", '<sip:a@h.example>;a="b"c'],
  ["a wildcard with a parameter", "*;expires=0"],
  ["a wildcard in brackets", "<*>"],
  ["a line break that is not a fold", "sip:a@h.example;x\r\ny"],
  ["a bare CR", "sip:a@h.example\r ;x"],
] as const;

describe("the Contact header field (RFC 3261 20.10, 25.1)", () => {
  test.for(single)("with one address is read: %s", ([, row, fields]) => {
    expect(parseContactHeader([row])).toEqual([{ ...plain("sip:a@h.example"), ...fields }]);
  });

  test.for(lists)("is read as a list %s", ([, row, expected]) => {
    expect(parseContactHeader([row])).toEqual(expected);
  });

  test.for(malformed)("a value with %s is left out, and its neighbours are kept", ([, text]) => {
    expect(parseContactHeader([`<sip:1@h.example>, ${text}, <sip:2@h.example>`, text])).toEqual([
      plain("sip:1@h.example"),
      plain("sip:2@h.example"),
    ]);
  });

  test.for([
    ["a quote", 'sip:1@h.example, "Alice <sip:a@h.example>, <sip:2@h.example>'],
    ["a bracket", "sip:1@h.example, <sip:a@h.example"],
  ])("after %s that is never closed the rest of the row is lost", ([, row = ""]) => {
    expect(parseContactHeader([row, "sip:3@h.example"])).toEqual([
      plain("sip:1@h.example"),
      plain("sip:3@h.example"),
    ]);
  });

  test("several rows are one list in order", () => {
    const values = parseContactHeader(["<sip:1@h.example>;q=0.1", "", "sip:2@h.example, sip:3@h.example"]);
    expect(values.map(({ uri }) => uri)).toEqual(["sip:1@h.example", "sip:2@h.example", "sip:3@h.example"]);
  });

  test("a wildcard beside an address is invalid", () => {
    expect(parseContactHeader(["*", "sip:1@h.example"])).toEqual([plain("sip:1@h.example")]);
  });

  test.for([
    ["0", 0],
    ["0.", 0],
    ["0.5", 0.5],
    ["0.123", 0.123],
    ["1", 1],
    ["1.", 1],
    ["1.000", 1],
    ["1.15", null],
    ["1.001", null],
    ["2", null],
    ["0.1234", null],
    [".5", null],
    ["-1", null],
    ["00.5", null],
    ["1e-1", null],
    ["abc", null],
    ['"0.5"', null],
    ["", null],
  ] as const)("q=%s is %s", ([text, q]) => {
    expect(parseContactHeader([`<sip:a@h.example>;q=${text};x=y`])).toEqual([
      { ...plain("sip:a@h.example"), q, params: { x: "y" } },
    ]);
  });

  test("a parameter named __proto__ does no harm", () => {
    const [value] = parseContactHeader(["<sip:a@h.example>;__proto__=evil;constructor=x"]);
    expect(Object.entries(value?.params ?? {})).toEqual([
      ["__proto__", "evil"],
      ["constructor", "x"],
    ]);
    expect(Object.getPrototypeOf(value?.params)).toBe(Object.prototype);
  });

  test.for([
    ["250 values are read", 250, 250],
    ["more than 250 values are not read", 251, 0],
  ] as const)("%s", ([, count, expected]) => {
    const values = Array.from({ length: count }, (_, i) => `sip:${i}@h.example`);
    expect(parseContactHeader(values)).toHaveLength(expected);
    expect(parseContactHeader([values.join(",")])).toHaveLength(expected);
  });

  test("a field longer than 16 KiB and a value with more than 100 parameters are not read", () => {
    expect(parseContactHeader([`"${"x".repeat(16_384)}" <sip:a@h.example>`, "sip:b@h.example"])).toEqual([]);
    const params = Array.from({ length: 101 }, (_, i) => `;p${i}`).join("");
    expect(parseContactHeader([`<sip:a@h.example>${params}`, "sip:b@h.example"])).toEqual([
      plain("sip:b@h.example"),
    ]);
  });
});
