import { expect, test } from "vitest";
import { readAll, sketch } from "./reading.ts";

// when …; the line; the row read from it
const lines: [string, string, string][] = [
  [
    "it is a contact as the API returns it",
    '{"id":"0199","name":"Ann","externalId":"x1","version":3,"addresses":[{"id":"01","uri":"sip:ann@a.example","label":"work","state":"active","assertedUri":"sip:ann@a.example","assertedAt":"2026-01-02T03:04:05.000Z"}],"archivedAt":null}',
    "Ann (x1): sip:ann@a.example [work]",
  ],
  ["it has only a name", '{"name":"Ann"}', "Ann: "],
  [
    "an address is gone, the address is left out and not removed from the book",
    '{"name":"Ann","addresses":[{"uri":"sip:ann@a.example","state":"gone"},{"uri":"tel:+15550100"}]}',
    "Ann: tel:+15550100 ? /addresses/0 is gone, and was left out",
  ],
  [
    "an address is invalid",
    '{"name":"Ann","addresses":[{"uri":"020 7946 0018"},{"uri":"tel:+15550100"}]}',
    "Ann: tel:+15550100 ? /addresses/0/uri must be a sip, sips or tel URI (partial)",
  ],
  [
    "the contact is archived",
    '{"name":"Ann","archivedAt":"2026-01-02T03:04:05.000Z"}',
    "line 1: /archivedAt is archived, and was left out",
  ],
  ["it is not JSON", '{"name":', "line 1: is not valid JSON"],
  ["it is not an object", "[]", "line 1: is not a JSON object"],
  [
    "every field has the wrong type",
    '{"externalId":7,"addresses":[{"uri":1},{"uri":"sip:a@b.example","assertedAt":"yesterday"},3]}',
    "line 1: /addresses/0/uri must be a string; /addresses/1/assertedAt must be an RFC 3339 time; /addresses/2 must be an object; /name must be a string; /externalId must be a string or null",
  ],
  [
    "it has an incomplete character",
    '{"name":"Ann\\ud800"}',
    "line 1: name has a NUL character or half a character",
  ],
];

test.for(lines)("a line of NDJSON is read when %s", async ([, line, expected]) => {
  expect(await sketch("ndjson", line)).toEqual([expected]);
});

test("a line keeps the time of each assertion", async () => {
  const line = '{"name":"Ann","addresses":[{"uri":"tel:+15550100","assertedAt":"2026-01-02T03:04:05.678Z"}]}';
  const [row] = await readAll("ndjson", line);
  expect(row).toMatchObject({
    contact: { addresses: [{ assertedAt: Date.parse("2026-01-02T03:04:05.678Z") }] },
  });
});

test("a broken line does not affect the lines around it", async () => {
  const file = Buffer.concat([
    Buffer.from('{"name":"Ann"}\r\n\n{"name":"Bj'),
    Buffer.from([0xf6]),
    Buffer.from(`rn"}\n{"name":"${"x".repeat(300_000)}"}\n{"name":"Carl"}`),
  ]);
  expect(await sketch("ndjson", file)).toEqual([
    "Ann: ",
    "line 3: is not valid UTF-8",
    "line 4: is longer than 262144 characters",
    "Carl: ",
  ]);
});
