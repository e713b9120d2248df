import * as fc from "fast-check";
import { describe, expect } from "vitest";
import { parseContactHeader } from "../../../src/sip/contact.ts";
import { dialForm } from "../../../src/sip/dial-form.ts";
import { parseReasonHeader } from "../../../src/sip/reason.ts";
import { isEquivalent, matchKey, parseUri } from "../../../src/sip/uri.ts";
import { lawsOver } from "../../support/law.ts";
import { address, coin, spellLoosely, spellStrictly } from "./spelling.ts";

const SIP_PIECES = [
  "sip:",
  "sips:",
  "tel:",
  "+1",
  "alice",
  "@",
  "h.example",
  "[::1]",
  "192.0.2.1",
  ":5060",
  ";lr",
  "=",
  "?",
  "&",
];
const HEADER_PIECES = [
  "<",
  ">",
  '"',
  "\\",
  ",",
  ";q=0.5",
  " ",
  "\r\n ",
  "\r",
  "*",
  "%61",
  "%",
  "#",
  ".",
  "\0",
  "é",
  "cause=1",
];

/** Text that resembles a URI or a header field, and any other text. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom(...SIP_PIECES, ...HEADER_PIECES), { maxLength: 12 })
    .map((pieces) => pieces.join("")),
  fc.array(fc.constantFrom(...SIP_PIECES), { maxLength: 8 }).map((pieces) => `sip:${pieces.join("")}`),
);
const spelled = fc.tuple(address, coin).map(([wanted, toss]) => spellStrictly(wanted, toss));
const acceptable = fc.oneof(
  text.filter((candidate) => candidate === candidate.trim() && parseUri(candidate) !== null),
  spelled,
);
/** A small set, so that two of them are often equal. */
const ofRecord = fc
  .tuple(
    fc.constantFrom("sip:", "sips:"),
    fc.constantFrom("", "a@", "%61@", "A@", "+1@", "+1-@", "%2B1@", "a:@", "a:p@"),
    fc.constantFrom("h", "H", "[::1]", "[0::1]"),
    fc.constantFrom("", ":5060", ":5061"),
    fc.subarray([";transport=tls", ";USER=phone", ";x=1", ";lr"]),
  )
  .map((parts) => parts.flat().join(""));

describe("for any input", () => {
  const law = lawsOver(100);
  law("the parsers never throw", [fc.array(text), text, text], (rows, a, b) => {
    expect(() => parseContactHeader(rows)).not.toThrow();
    expect(() => parseReasonHeader(rows)).not.toThrow();
    expect(() => [matchKey(a), isEquivalent(a, b)]).not.toThrow();
  });

  law(
    "an address in a Contact is valid, and is read the same if it is the only value",
    [fc.array(text)],
    (rows) => {
      for (const { uri } of parseContactHeader(rows).filter((value) => /^(?:sips?|tel):/i.test(value.uri))) {
        expect(parseUri(uri)).not.toBeNull();
        expect(parseContactHeader([`<${uri}>`])).toMatchObject([{ uri }]);
      }
    },
  );

  law("a list of addresses in brackets is read completely", [fc.array(acceptable)], (uris) => {
    const row = uris.map((uri) => `<${uri}>`).join(", ");
    expect(parseContactHeader([row]).map(({ uri }) => uri)).toEqual(uris);
  });
});

describe("equality", () => {
  const law = lawsOver(100);
  law("is reflexive", [acceptable], (uri) => {
    expect(isEquivalent(uri, uri)).toBe(true);
  });

  law("is symmetric", [acceptable, acceptable], (a, b) => {
    expect(isEquivalent(a, b)).toBe(isEquivalent(b, a));
  });

  law("does not depend on spelling", [address, coin, coin], (wanted, one, other) => {
    expect(isEquivalent(spellStrictly(wanted, one), spellStrictly(wanted, other))).toBe(true);
  });
});

describe("a key", () => {
  const law = lawsOver(100);
  law(
    "does not depend on spelling that RFC 3261 19.1.4 calls equal",
    [address, coin, coin],
    (wanted, one, other) => {
      const key = matchKey(spellStrictly(wanted, one));
      expect(key).not.toBeNull();
      expect(matchKey(spellStrictly(wanted, other))).toBe(key);
    },
  );

  law(
    "does not depend on scheme, password, default port, routing, trailing dot, escapes, separators",
    [address, coin, coin],
    (wanted, one, other) => {
      const key = matchKey(spellLoosely(wanted, one));
      expect(key).not.toBeNull();
      expect(matchKey(spellLoosely(wanted, other))).toBe(key);
    },
  );

  law(
    "is printable ASCII, starts with its version, and has a lower-case host",
    [address, coin],
    (wanted, toss) => {
      const key = matchKey(spellStrictly(wanted, toss)) ?? "";
      expect(key).toMatch(/^k1\|sip:[!-~]+$/);
      expect(key.slice(key.lastIndexOf("@") + 1)).toMatch(
        wanted.user === null ? /^k1\|sip:[^A-Z]+$/ : /^[^A-Z]+$/,
      );
    },
  );

  law("is the same for the text that is written to the book", [ofRecord], (spelling) => {
    const uri = parseUri(spelling);
    expect(uri && matchKey(dialForm(uri))).toBe(matchKey(spelling));
  });
});

describe("any two equal addresses of record", () => {
  const law = lawsOver(2_000);
  law("have the same key", [ofRecord, ofRecord], (a, b) => {
    expect(!isEquivalent(a, b) || matchKey(a) === matchKey(b)).toBe(true);
  });
});
