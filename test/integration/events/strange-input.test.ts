import { randomUUID } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeBook } from "../../support/book.ts";
import { methodOf } from "../../support/pages/contract.ts";
import { document } from "../../support/pages/document.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();
const { key } = await makeBook(server.db);

const strange = [
  "",
  "%00",
  "%",
  "%ff",
  "%ed%a0%80",
  "null",
  "-1",
  "1e9",
  "9".repeat(30),
  "2026-11-22T10:00:00Z",
  "..",
  "a".repeat(3000),
];
const text = fc.oneof(fc.constantFrom(...strange), fc.string({ unit: "binary", maxLength: 20 }).map(encode));
const id = fc.oneof(text, fc.constantFrom("default", randomUUID()));
const json = fc.jsonValue({ stringUnit: "binary" });
const fields = [
  "name",
  "externalId",
  "addresses",
  "uri",
  "label",
  "assertedAt",
  "scopes",
  "source",
  "expiresAt",
  "mode",
  "dialect",
  "requestUri",
  "status",
  "id",
  "contacts",
  "callId",
  "force",
  "raw",
];
const body = fc.oneof(
  json,
  fc.dictionary(
    fc.constantFrom(...fields),
    fc.oneof(json, fc.constantFrom("sip:a@b.example", "2026-11-22T10:00:00Z", 301, ["read"])),
  ),
);

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { parameters = [] }]) => {
    const names = parameters.filter((each) => each.in === "query").map(({ name }) => name);
    const query = fc.dictionary(fc.constantFrom("unknown", ...names), text);
    return { path, method: methodOf(method), query };
  }),
);

function encode(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : "%ed%a0%80";
}

test.for(operations)("no input of $method $path causes a server error", async ({ path, method, query }) => {
  await fc.assert(
    fc.asyncProperty(id, query, body, async (segment, parameters, payload) => {
      const search = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
      const url = `${path.replaceAll(/\{[^}]+\}/g, segment)}?${search.join("&")}`;
      const answer = await server.app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        ...(method === "GET" || method === "DELETE" ? {} : { payload: JSON.stringify(payload) }),
        payloadAsStream: true,
      });
      // A stream of the feed never ends by itself.
      answer.stream().destroy();
      expect(answer.statusCode).toBeLessThan(500);
    }),
    { numRuns: 60 },
  );
});
