import fc from "fast-check";
import { expect, test } from "vitest";
import type { Format } from "../../../src/formats/read-rows.ts";
import { readAll } from "./reading.ts";

// Bytes that are special to a parser, so that the cuts often fall in critical places.
const csv = ["Name;Phone\r\n", '"A\r\n""b""";', "+44 20 7946 0018", ";", '"', "\n", "\r", "é", "🎈"];
const vcard = [
  "BEGIN:VCARD\r\n",
  "END:VCARD\n",
  "FN:Zo",
  "é\r\n",
  "TEL:+4420\r\n 79460018\r\n",
  "\r",
  "\n",
  "🎈",
];
const json = [
  '[{"name":',
  '{"full":"Zoé"}',
  "}",
  "]",
  ",",
  '"cards"',
  ":",
  "\n",
  "🎈",
  '\\"',
  '{"name":"Ann"}\n',
];
const words: [Format, readonly string[]][] = [
  ["csv", csv],
  ["vcard", vcard],
  ["jscontact", json],
  ["ndjson", json],
];
const encodings = ["utf-8", "utf-8 with mark", "windows-1252", "utf-16le"] as const;

function encode(text: string, encoding: (typeof encodings)[number]): Buffer {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text);
    case "utf-8 with mark":
      return Buffer.from(`\ufeff${text}`);
    case "windows-1252":
      return Buffer.from(text.replaceAll("🎈", "x"), "latin1");
    case "utf-16le":
      return Buffer.from(`\ufeff${text}`, "utf16le");
  }
}

function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const cuts = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}

const outcome = async (format: Format, chunks: readonly Uint8Array[]) => {
  try {
    return await readAll(format, chunks);
  } catch (error) {
    return String(error);
  }
};

test.for(words)("a file of %s is read the same however it is cut into chunks", async ([format, parts]) => {
  const text = fc
    .array(fc.constantFrom(...parts), { maxLength: 30 })
    .map((each) => (parts[0] ?? "") + each.join(""));
  const places = fc.array(fc.nat(), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(text, fc.constantFrom(...encodings), places, async (file, encoding, cuts) => {
      const bytes = encode(file, encoding);
      expect(await outcome(format, cutAt(bytes, cuts))).toEqual(await outcome(format, [bytes]));
    }),
    { numRuns: 300 },
  );
});

test("a file in chunks of one byte is read the same as in one piece", async () => {
  const bytes = encode("Name;Phone\r\nZoé 🎈;+442079460018\r\n", "utf-8 with mark");
  const rows = await readAll("csv", cutAt(bytes, [...bytes.keys()]));
  expect(rows).toEqual(await readAll("csv", bytes));
  expect(rows).toMatchObject([{ contact: { name: "Zoé 🎈" } }]);
});

test("a line of several megabytes is never cut within a character", async () => {
  const name = "é".repeat(100);
  for (const start of ["[", "[ "]) {
    const rows = await readAll("jscontact", `${start}${`{"name":{"full":"${name}"}},`.repeat(2000)}]`);
    expect(rows.filter((row) => row.kind === "contact" && row.contact.name === name)).toHaveLength(2000);
  }
});
