import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { openStream } from "../../../src/api/exports/export-stream.ts";

/** An endless source of numbers as pieces. It records whether it was ended and how many pieces it gave. */
function count(most = Number.POSITIVE_INFINITY) {
  const source = { given: 0, isEnded: false };
  const pieces = (async function* () {
    try {
      for (; source.given < most; ) {
        source.given += 1;
        yield `${source.given} ${"x".repeat(10_000)}\n`;
      }
    } finally {
      source.isEnded = true;
    }
  })();
  return { source, pieces };
}

const fail = (error: unknown) => {
  throw error;
};

test("the stream gives all pieces in order", async () => {
  const { pieces, source } = count(30);
  const numbers = (await text(await openStream(pieces, fail))).match(/^\d+/gm);
  expect(numbers).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 1)));
  expect(source.isEnded).toBe(true);
});

test("a reader that stops reading stops the source once the buffer is full", async () => {
  const { pieces, source } = count();
  const stream = await openStream(pieces, fail);
  stream.read(0);
  for (let turn = 0; turn < 1000; turn++) await new Promise(setImmediate);
  expect(source.given).toBeLessThan(30);
  stream.destroy();
});

test("a reader that disconnects ends the source", async () => {
  const { pieces, source } = count();
  const stream = await openStream(pieces, fail);
  await once(stream, "readable");
  stream.destroy();
  await once(stream, "close");
  await new Promise(setImmediate);
  const { given } = source;
  expect(source.isEnded).toBe(true);
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  expect(source.given).toBe(given);
});

test("a source that fails in the middle breaks the stream with its own error", async () => {
  const broken: unknown[] = [];
  const pieces = (async function* () {
    yield "one";
    throw new Error("secret");
  })();
  await expect(text(await openStream(pieces, (error) => broken.push(error)))).rejects.toThrow(
    "The text broke off",
  );
  expect(String(broken)).toBe("Error: secret");
});

test("a source that fails before the first piece throws, so that an error response can still be sent", async () => {
  const pieces = (async function* () {
    yield await Promise.reject<string>(new Error("away"));
  })();
  await expect(openStream(pieces, fail)).rejects.toThrow("away");
});
