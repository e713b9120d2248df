import { readFile } from "node:fs/promises";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { documentFile, renderDocument } from "../../../src/process/openapi.ts";
import { document } from "../../support/pages/document.ts";

test("openapi.yaml equals the description of the routes (if not: npm run openapi)", async () => {
  expect(await readFile(documentFile, "utf8")).toBe(await renderDocument());
});

test("openapi.yaml passes the OpenAPI linter", async () => {
  // An id is a UUID, so /contacts/{id}/history and /contacts/by-external-id/{externalId} never meet.
  const rules = { "no-ambiguous-paths": "off" } as const;
  const config = await createConfig({ extends: ["recommended"], rules });
  const source = await readFile(documentFile, "utf8");
  const problems = await lintFromString({ source, absoluteRef: documentFile, config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});

test("every example is valid by its schema", () => {
  const ajv = addFormats.default(new Ajv2020({ strict: false }));
  ajv.addSchema({ ...document, $id: "openapi.yaml" });
  const found = [...findExamples(document, "")];
  expect(found.length).toBeGreaterThan(10);
  for (const { pointer, example } of found) {
    const validate = ajv.compile({ $ref: `openapi.yaml#${pointer}` });
    expect([pointer, validate(example), validate.errors]).toEqual([pointer, true, null]);
  }
});

/** A schema has `examples`, a parameter has `example` next to its `schema`. */
function* findExamples(node: unknown, pointer: string): Generator<{ pointer: string; example: unknown }> {
  if (typeof node !== "object" || node === null) return;
  if ("examples" in node && Array.isArray(node.examples)) {
    for (const example of node.examples) yield { pointer, example };
  }
  if ("example" in node && "schema" in node) yield { pointer: `${pointer}/schema`, example: node.example };
  for (const [name, child] of Object.entries(node)) {
    const segment = encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
    if (name !== "examples" && name !== "example") yield* findExamples(child, `${pointer}/${segment}`);
  }
}

test("every operation has a unique id, a summary, one known tag, and its error responses", () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  const ids = operations.map((operation) => ("operationId" in operation ? operation.operationId : null));
  expect(new Set(ids).size).toBe(operations.length);
  for (const operation of operations) {
    expect(operation).toMatchObject({ operationId: expect.any(String), summary: expect.any(String) });
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["400", "500"]));
  }
});
