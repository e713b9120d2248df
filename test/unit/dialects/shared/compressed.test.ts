import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { dialectNames } from "../../../../src/dialects/dialects.ts";
import { textOfBytes } from "../../../../src/dialects/shared/values.ts";
import { interpret } from "../../../../src/receive/interpret/interpret.ts";

const read = (dialect: string, body: string, headers = {}) =>
  interpret({ name: dialect, dialect }, { body, headers, query: {}, contentType: "", mapping: null });

const event = '{"id":"1","requestUri":"sip:a@pbx.example","status":410}';
const compressed = { kind: "unparsed", problem: { type: "unsupported-media-type", status: 415 } };

test.for(dialectNames)(
  "%s refuses a compressed body, known by its first bytes or by Content-Encoding",
  (dialect) => {
    expect(read(dialect, textOfBytes(gzipSync(event)))).toMatchObject(compressed);
    expect(read(dialect, "\u00a9", { "content-encoding": "br" })).toMatchObject(compressed);
  },
);

test("a readable body is read, whatever Content-Encoding says", () => {
  for (const encoding of ["gzip", "utf-8", "identity"])
    expect(read("default", event, { "content-encoding": encoding })).toMatchObject({ kind: "events" });
  expect(read("default", "no JSON", { "content-encoding": "utf-8" })).toMatchObject({
    problem: { type: "malformed-json" },
  });
});
