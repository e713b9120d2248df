import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesAfter, type Item, preamble, toBatch } from "../../../src/feed/batch.ts";

const item = (sequence: number): Item => ({ sequence, at: new Date(sequence), data: `{"n":${sequence}}` });
const items = (first: number, count: number) => Array.from({ length: count }, (_, i) => item(first + i));

test("a change is one server-sent event: its sequence, its name, and its JSON", () => {
  const batch = toBatch(41, [item(42)]);
  expect(batch?.bytes.toString()).toBe('id: 42\nevent: change\ndata: {"n":42}\n\n');
  expect(batch).toMatchObject({ after: 41, last: 42, times: [new Date(42)] });
});

// when the changes after 5 are …, there is a batch: …
const gaps: [string, readonly number[], boolean][] = [
  ["the next ones", [6, 7, 8], true],
  ["empty", [], true],
  ["without the first", [7, 8], false],
  ["without one in the middle", [6, 8], false],
  ["too old", [5, 6], false],
];

test.for(gaps)("when the changes after 5 are %s, there is a batch: %o", ([, sequences, isBatch]) => {
  expect(toBatch(5, sequences.map(item)) !== null).toBe(isBatch);
});

test("a reader at any position in a batch gets exactly the events that it lacks", () =>
  fc.assert(
    fc.property(fc.nat(100), fc.nat(20), fc.nat(25), (after, count, beyond) => {
      const batch = toBatch(after, items(after + 1, count));
      if (batch === null) throw new Error("A batch without a gap was refused");
      const position = after + beyond;
      const rest = items(position + 1, Math.max(0, batch.last - position));
      const expected = rest.length === 0 ? null : (toBatch(position, rest)?.bytes ?? null);
      expect(bytesAfter(batch, position)).toEqual(expected);
    }),
  ));

test("a batch is never sent to a reader that lacks earlier events", () => {
  const batch = toBatch(5, items(6, 2));
  expect(() => batch !== null && bytesAfter(batch, 4)).toThrow(RangeError);
});

test("readers reconnect after different times, one to five seconds", () => {
  expect([0, 0.5, 1].map(preamble)).toEqual(["retry: 1000\n\n", "retry: 3000\n\n", "retry: 5000\n\n"]);
});
