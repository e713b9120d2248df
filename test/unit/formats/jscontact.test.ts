import { expect, test } from "vitest";
import { FileFault } from "../../../src/formats/rows/row.ts";
import { sketch } from "./reading.ts";

const whole = {
  "@type": "Card",
  version: "1.0",
  uid: "urn:uuid:22b2c7df-9120-4969-8460-05956fe6b065",
  name: {
    components: [
      { kind: "given", value: "Ada" },
      { kind: "surname", value: "Lovelace" },
    ],
    isOrdered: true,
  },
  phones: {
    p1: { number: "tel:+44-20-7946-0018", contexts: { work: true }, features: { voice: true, mobile: true } },
    p2: { number: "+44 20 7946 0019", label: "desk" },
    p3: { number: "sip:ada@pbx.example" },
  },
  onlineServices: {
    o1: { service: "SIP", uri: "sips:ada@home.example", contexts: { private: true } },
    o2: { service: "SIP", user: "ada@third.example" },
    o3: { service: "Mastodon", uri: "https://example.com/@ada", user: "@ada@example.com" },
  },
};
const wholeRow =
  "Ada Lovelace (urn:uuid:22b2c7df-9120-4969-8460-05956fe6b065): tel:+44-20-7946-0018 [work mobile]; tel:+442079460019 [desk]; sip:ada@pbx.example; sips:ada@home.example [private]; sip:ada@third.example";
const ann = { name: { full: "Ann" } };
const company = {
  "@type": "Card",
  organizations: { o: { name: "Engines" } },
  phones: { "a/b": { number: "020 7946" } },
};
const companyRow = "Engines:  ? /phones/a~1b/number has no country code: send a region (partial)";

// when it is …; the file; the rows read from it
const files: [string, string, readonly string[]][] = [
  ["one Card", JSON.stringify(whole, null, 2), [wholeRow]],
  ["one Card on one line", JSON.stringify(whole), [wholeRow]],
  ["an array", JSON.stringify([whole, ann, company]), [wholeRow, "Ann: ", companyRow]],
  ["an indented array", JSON.stringify([whole, ann], null, 2), [wholeRow, "Ann: "]],
  [
    "an object with a list of cards",
    JSON.stringify({ count: 1, note: "cards", cards: [whole], after: [ann] }),
    [wholeRow],
  ],
  [
    "a JMAP response",
    JSON.stringify({ accountId: "a", state: "[{", list: [whole, ann] }),
    [wholeRow, "Ann: "],
  ],
  ["one Card per line", `${JSON.stringify(whole)}\n\n${JSON.stringify(ann)}`, [wholeRow, "Ann: "]],
  [
    "Cards one after another without separators",
    `${JSON.stringify(whole, null, 1)}\n${JSON.stringify(ann, null, 1)}`,
    [wholeRow, "Ann: "],
  ],
  [
    "one Card per line, one of them broken",
    `{"name":{"full":"Ann"}}\n{"name":{"full":"Bob"\n{"name":{"full":"Carl"}}\n`,
    ["Ann: ", "card 2 (line 2): is not valid JSON", "Carl: "],
  ],
  [
    "an array with items that are not Cards",
    '[1, "two", null, {"a":1,}, {"@type":"Note"}, {"kind":"group"}, {"name":{"full":"Ann"}}]',
    [
      "card 1 (line 1): is not a JSON object",
      "card 2 (line 1): is not a JSON object",
      "card 3 (line 1): is not a JSON object",
      "card 4 (line 1): is not valid JSON",
      "card 5 (line 1): /@type is not Card",
      "card 6 (line 1): /kind is a group of contacts, and was left out",
      "Ann: ",
    ],
  ],
  [
    "an array that breaks off",
    '[{"name":{"full":"Ann"}},\n{"name":{"full":"B',
    ["Ann: ", "card 2 (line 2): has no end, or is longer than 262144 characters"],
  ],
  [
    "an array with an item that is too long",
    `[{"name":{"full":"${"x".repeat(300_000)}"}},{"name":{"full":"Ann"}}]`,
    ["card 1 (line 1): has no end, or is longer than 262144 characters", "Ann: "],
  ],
];

test.for(files)("a JSContact file is read if it is %s", async ([, file, expected]) => {
  expect(await sketch("jscontact", file)).toEqual(expected);
});

test("a Card that is not valid UTF-8 is rejected", async () => {
  const file = Buffer.from('{"name":{"full":"Bj\xf6rn"}}\n{"name":{"full":"Ann"}}\n', "latin1");
  expect(await sketch("jscontact", file)).toEqual(["card 1 (line 1): is not valid UTF-8", "Ann: "]);
});

test.for(["", "  \n", "[]", '{"cards":[]}'])("a file without a Card is refused: %j", async (file) => {
  await expect(sketch("jscontact", file)).rejects.toThrow(FileFault);
});
