import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallEvent } from "../../../../src/domain/rules/event.ts";
import { judge } from "../../../../src/domain/rules/judge.ts";
import { matchKey, parseUri } from "../../../../src/sip/uri.ts";
import { moved } from "../../../support/call.ts";
import { lawsOver } from "../../../support/law.ts";
import { immediate, judged } from "./call.ts";

const toA = "to sip:a@new.example";
const toB = "to sip:b@n.example";

/** The Contacts of a 301 from sip:alice@old.example. */
type ContactRow = readonly [when: string, contacts: string | readonly string[], expected: string];

describe("the Contacts of a 301", () => {
  test.for<ContactRow>([
    ["there is none", [], "no-usable-contact"],
    ["there is one", "<sip:a@new.example>", toA],
    ["there is one without brackets", "sip:a@new.example", toA],
    ["several are equal", "<sip:a@new.example>, <sip:b@new.example>", toA],
    ["several rows are equal", ["<sip:a@new.example>", "<sip:b@new.example>"], toA],
    ["q decides", "<sip:a@n.example>;q=0.3, <sip:b@n.example>;q=0.7", toB],
    ["q decides over rows", ["<sip:a@n.example>;q=0.3", "<sip:b@n.example>;q=0.7"], toB],
    ["q decides, best first", ["<sip:a@n.example>;q=0.7", "<sip:b@n.example>;q=0.3"], "to sip:a@n.example"],
    [
      "the best of three is in the middle",
      "<sip:a@n.example>;q=0.1, <sip:b@n.example>;q=0.9, <sip:c@n.example>;q=0.5",
      toB,
    ],
    ["two tie", "<sip:a@n.example>;q=0.1, <sip:b@n.example>;q=0.5, <sip:c@n.example>;q=0.5", toB],
    ["a missing q counts as 1", "<sip:a@n.example>;q=0.9, <sip:b@n.example>", toB],
    ["a missing q ties with 1", "<sip:a@n.example>;q=1.0, <sip:b@n.example>", "to sip:a@n.example"],
    ["a q above 1 counts as missing", "<sip:a@n.example>;q=1.5, <sip:b@n.example>;q=1", "to sip:a@n.example"],
    ["q=0 is the last choice", "<sip:a@n.example>;q=0, <sip:b@n.example>;q=0.001", toB],
    ["q=0 is a choice", "<sip:a@new.example>;q=0", toA],
    ["one is the wildcard", "*", "no-usable-contact"],
    ["one is a mail address", "<mailto:alice@new.example>", "no-usable-contact"],
    ["one is a web page", "<http://new.example/alice>", "no-usable-contact"],
    ["one is invalid", "<sip:a@new.example", "no-usable-contact"],
    ["one is a route", "<sip:a@new.example;maddr=192.0.2.1>", "no-usable-contact"],
    ["one is an action", "<sip:a@new.example;method=REFER>", "no-usable-contact"],
    ["one has headers", "<sip:a@new.example?subject=x>", "no-usable-contact"],
    ["one is a local number", "<tel:7042>", "no-usable-contact"],
    ["the best is a mail address", "<mailto:a@n.example>;q=1, <sip:b@n.example>;q=0.1", toB],
    ["the best is a route", "<sip:a@n.example;maddr=n.example>, <sip:b@n.example>;q=0.1", toB],
    ["the best is invalid", "<sip:a b@n.example>, <sip:b@n.example>;q=0.1", toB],
    ["one is a number", "<tel:+1-555-0100>", "to tel:+15550100"],
    [
      "a local number has its context",
      "<tel:7042;phone-context=new.example>",
      "to tel:7042;phone-context=new.example",
    ],
    ["one is sips", "<sips:alice@new.example>", "to sips:alice@new.example"],
    ["the port differs", "<sip:alice@old.example:5080>", "to sip:alice@old.example:5080"],
    ["the user differs", "<sip:Alice@old.example>", "to sip:Alice@old.example"],
  ])("when %s", ([, contacts, expected]) => {
    expect(judged(moved, { contacts: [contacts].flat() })).toBe(expected);
  });

  test.for<ContactRow>([
    ["as it is", "<sip:alice@old.example>", "self-redirect"],
    ["with the default port", "<sip:alice@old.example:5060>", "self-redirect"],
    ["in another spelling", "<SIP:%61lice@OLD.example>", "self-redirect"],
    ["by another transport", "<sip:alice@old.example;transport=tcp>", "self-redirect"],
    ["as sips", "<sips:alice@old.example>", "self-redirect"],
    ["with a trailing dot", "<sip:alice@old.example.>", "self-redirect"],
    ["beside a mail address", "<mailto:a@b.example>, <sip:alice@old.example>", "self-redirect"],
    ["before another one", "<sip:alice@old.example>, <sip:b@new.example>;q=0.1", "to sip:b@new.example"],
    ["once it has expired", "<sip:alice@old.example>;expires=0", "no-usable-contact"],
    ["as one of its devices", "<sip:alice@old.example;gr=phone1>", "self-redirect"],
  ])("may lead back to the address: %s", ([, contacts, expected]) => {
    expect(judged(moved, { contacts: [contacts].flat() })).toBe(expected);
  });

  test.for<readonly [string, Partial<CallEvent>, string]>([
    ["it has expired", { contacts: ["<sip:a@new.example>;expires=0"] }, "no-usable-contact"],
    ["it has expired in more digits", { contacts: ["<sip:a@new.example>;expires=000"] }, "no-usable-contact"],
    ["the Expires header is 0", { expires: 0 }, "no-usable-contact"],
    ["it contradicts the Expires header", { expires: 0, contacts: ["<sip:a@new.example>;expires=60"] }, toA],
    ["its expiry is invalid", { expires: 0, contacts: ["<sip:a@new.example>;expires=x"] }, toA],
    ["its expiry has no value", { expires: 0, contacts: ["<sip:a@new.example>;expires"] }, toA],
    [
      "its expiry is a date",
      { contacts: ['<sip:a@new.example>;expires="Sat, 01 Jan 2000 00:00:00 GMT"'] },
      toA,
    ],
    ["it expires later", { contacts: ["<sip:a@new.example>;expires=3600"] }, toA],
    ["it expires in ten seconds", { contacts: ["<sip:a@new.example>;expires=10"] }, toA],
    ["the Expires header is not 0", { expires: 3600 }, "to sip:alice@new.example"],
    [
      "the best of two has expired",
      { contacts: ["<sip:a@n.example>;expires=0, <sip:b@n.example>;q=0.1"] },
      toB,
    ],
  ])("when %s", ([, differs, expected]) => {
    expect(judged(moved, differs)).toBe(expected);
  });

  test("are written to the book in their dial form, with its key", () => {
    const contacts = ['"A. New" <sips:a:secret@New.example:5061;transport=tcp;user=phone;lr;x=y>;rc=1'];
    const uri = "sips:a@New.example:5061;transport=tcp;user=phone";
    expect(judge({ ...moved, contacts }, immediate)).toEqual({
      standing: "acts",
      kind: "moved",
      key: matchKey("sip:alice@old.example"),
      target: { uri, key: matchKey("sip:a@new.example") },
    });
  });

  test("are held with their target", () => {
    const target = { uri: "sip:alice@192.0.2.1", key: matchKey("sip:alice@192.0.2.1") };
    expect(judge({ ...moved, contacts: ["<sip:alice@192.0.2.1>"] }, immediate)).toEqual({
      standing: "held",
      rule: "weaker-host",
      kind: "moved",
      key: matchKey("sip:alice@old.example"),
      target,
    });
  });
});

describe("for any 301", () => {
  const host = fc.constantFrom(
    "old.example",
    "OLD.example.",
    "new.example",
    "192.0.2.1",
    "pbx.local",
    "old.example:5060",
  );
  const params = fc.constantFrom(
    "",
    ";gr",
    ";gr=1",
    ";ob",
    ";transport=tls",
    ";lr",
    ";user=phone",
    ";maddr=x",
  );
  const uri = fc.oneof(
    fc
      .tuple(fc.constantFrom("sip", "sips"), fc.constantFrom("alice", "%61lice", "+1555"), host, params)
      .map(([scheme, user, at, rest]) => `${scheme}:${user}@${at}${rest}`),
    fc.constantFrom("tel:+1555", "tel:7042", "mailto:a@b"),
  );
  const contact = fc
    .tuple(uri, fc.constantFrom("", ";q=0", ";q=0.5", ";q=1", ";expires=0", ";mp=1"))
    .map(([target, rest]) => `<${target}>${rest}`);

  const law = lawsOver(2_000);
  law(
    "the target is another address, with the key of the text in the book",
    [uri, fc.array(contact, { maxLength: 3 })],
    (requestUri, contacts) => {
      const judgement = judge({ ...moved, requestUri, contacts }, immediate);
      if (judgement.standing === "recorded") return;
      const { key, target } = judgement;
      expect(target?.key).not.toBe(key);
      expect(parseUri(target?.uri ?? "")).not.toBeNull();
      expect(target?.key).toBe(matchKey(target?.uri ?? ""));
    },
  );
});
