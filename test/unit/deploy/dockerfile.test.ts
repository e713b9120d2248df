import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { isIgnored, parseDockerfile } from "../../support/processes/dockerfile.ts";
import { knownVariables } from "../../support/processes/variables.ts";

const root = resolve(import.meta.dirname, "../../..");
const stages = parseDockerfile(readFileSync(`${root}/Dockerfile`, "utf8"));
const dockerignore = readFileSync(`${root}/.dockerignore`, "utf8");
const last = (word: string) => stages.at(-1)?.instructions.findLast((each) => each.word === word)?.text ?? "";

test("every stage uses the Node version that sipbook is tested with, pinned to its major version", () => {
  const major = process.version.slice(1).split(".")[0];
  expect(stages.map(({ base }) => base)).toEqual(stages.map(() => `node:${major}-bookworm-slim`));
});

test("the container runs node itself, so that signals reach it, and not as root", () => {
  expect(JSON.parse(last("ENTRYPOINT"))).toEqual(["node", "src/main.ts"]);
  expect(JSON.parse(last("CMD"))).toEqual(["api"]);
  expect(last("USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/);
});

test("the image sets only variables that config.ts knows, and no secret", () => {
  const names = last("ENV")
    .split(" ")
    .map((each) => each.split("=")[0] ?? "");
  const known = new Set([...knownVariables(), "NODE_ENV"]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
  expect(names.filter((name) => /URL|KEY/.test(name))).toEqual([]);
});

// a path, and whether it stays out of the image
const paths: [string, boolean][] = [
  [".git/config", true],
  ["node_modules/pg/package.json", true],
  ["data/admin.key", true],
  ["secrets/admin_key", true],
  ["src/store/generated/client.ts", true],
  ["test/support/app.ts", true],
  [".env", true],
  ["test/client/package.json", false],
  ["src/main.ts", false],
  ["prisma/schema/main.prisma", false],
];

test.for(paths)("%s stays out of the image: %s", ([path, expected]) => {
  expect(isIgnored(dockerignore, path)).toBe(expected);
});
