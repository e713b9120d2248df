import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** Paths of the repository that a page mentions between backquotes; `<name>` stands for any name. */
const findPaths = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:src|test|docs|deploy|prisma|bench)\/[^\s`<>*]+)`/g)].flatMap(
    ([, path]) => path ?? [],
  );

const isMissing = (path: string) => !existsSync(join(root, path));

test.for(["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/tested.md", "docs/architecture.md"])(
  "every path that %s mentions exists",
  (page) => {
    const paths = findPaths(readFileSync(join(root, page), "utf8"));
    expect(paths.filter(isMissing)).toEqual([]);
  },
);

test("a path that does not exist is found", () => {
  const paths = findPaths("`src/main.ts`, `src/missing/file.ts` and `src/dialects/<name>/`");
  expect(paths.filter(isMissing)).toEqual(["src/missing/file.ts"]);
});
