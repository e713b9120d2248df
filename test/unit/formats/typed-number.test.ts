import { expect, test } from "vitest";
import { isRegion, readTypedNumber } from "../../../src/formats/numbers/typed-number.ts";

// the number as typed, the region, the URI or the fault
const numbers: [string, string | null, string][] = [
  ["+44 20 7946 0018", null, "tel:+442079460018"],
  ["+44 (0)20 7946 0018", null, "tel:+442079460018"],
  ["020 7946 0018", "GB", "tel:+442079460018"],
  ["(020) 7946-0018", "GB", "tel:+442079460018"],
  ["0044 20 7946 0018", "DE", "tel:+442079460018"],
  ["011 44 20 7946 0018", "US", "tel:+442079460018"],
  ["202-456-1111", "US", "tel:+12024561111"],
  ["1 202 456 1111", "US", "tel:+12024561111"],
  ["06 6982 1234", "IT", "tel:+390669821234"],
  ["8 (495) 123-45-67", "RU", "tel:+74951234567"],
  ["\u202a+44\u00a020\u00a07946\u00a00018\u202c", null, "tel:+442079460018"],
  ["＋４４ ２０ ７９４６ ００１８", null, "tel:+442079460018"],
  ["٠٢٠٧٩٤٦٠٠١٨", "GB", "tel:+442079460018"],
  ["020 7946 0018", null, "has no country code: send a region"],
  ["020 7946 0018", "XX", "is not a possible phone number"],
  ["1-800-FLOWERS", "US", "has letters, so it is not a phone number"],
  ["+1 800 FLOWERS", null, "has letters, so it is not a phone number"],
  ["ask Bob", "GB", "has letters, so it is not a phone number"],
  ["-", "GB", "is not a phone number"],
  ["100", "GB", "is not a possible phone number"],
  ["+1 555 0100", null, "is not a possible phone number"],
  ["11 15 1234-5678", "AR", "cannot be read without changing its digits"],
  ["0 15 21 3344 5566", "BR", "cannot be read without changing its digits"],
];

test.for(numbers)("the number typed as %s in the region %s gives: %s", ([text, region, expected]) => {
  const read = readTypedNumber(text, region);
  expect(read.kind === "number" ? read.uri : read.detail).toBe(expected);
});

test.for(["ext. 12", "ext 12", "x12", "extension: 12", ";ext=12", "#12"])(
  "the extension %s is kept and reported",
  (end) => {
    expect(readTypedNumber(`+1 202 456 1111 ${end}`, null)).toEqual({
      kind: "number",
      uri: "tel:+12024561111;ext=12",
      warning: "has an extension, which is kept as ;ext=12",
    });
  },
);

test("only a country with a numbering plan counts as a region", () => {
  expect(["GB", "DE", "gb", "XX", ""].map(isRegion)).toEqual([true, true, false, false, false]);
});
