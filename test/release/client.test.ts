import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBlocks } from "../support/pages/page.ts";

const run = promisify(execFile);
const workspace = join(import.meta.dirname, "../client");
const require = createRequire(join(workspace, "package.json"));
/** A program of the package test/client, which has the TypeScript version that the generator needs. */
const programOf = (name: string, file: string) =>
  join(dirname(require.resolve(`${name}/package.json`)), file);

let folder: string;
beforeAll(async () => {
  await mkdir(join(workspace, "build"), { recursive: true });
  folder = await mkdtemp(join(workspace, "build/client-"));
  const document = join(import.meta.dirname, "../../openapi.yaml");
  const generator = programOf("openapi-typescript", "bin/cli.js");
  await run(process.execPath, [generator, document, "-o", join(folder, "sipbook.d.ts")]);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the TypeScript in docs/crm.md compiles with the types generated from openapi.yaml", async () => {
  await writeFile(join(folder, "typed.ts"), readBlocks("crm.md", "ts typed.ts").join(""));
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024"];
  const more = ["--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--skipLibCheck"];
  const args = [programOf("typescript", "bin/tsc"), ...options, ...more, join(folder, "typed.ts")];
  const failure: unknown = await run(process.execPath, args).then(
    () => null,
    (error: { readonly stdout: string }) => error.stdout,
  );
  expect(failure).toBeNull();
}, 60_000);

test("the generated types are open only where a PBX sends its own fields", async () => {
  const types = await readFile(join(folder, "sipbook.d.ts"), "utf8");
  // The generator leaves the further headers of every response open.
  const open = types
    .split("\n")
    .filter((line) => /: (unknown|any|never\[\]|Record<string, never>);/.test(line));
  expect(open.map((line) => line.trim()).filter((line) => line !== "[name: string]: unknown;")).toEqual([
    "raw?: unknown;",
    // The body of a webhook, the body of a dry run, and openapi.json itself.
    '"application/json": unknown;',
    '"application/json": unknown;',
    "[key: string]: unknown;",
  ]);
});
