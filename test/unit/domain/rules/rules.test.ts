import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findRule, ruleCodes, rules, verdictCodes } from "../../../../src/domain/rules/rules.ts";

test("docs/rules.md has the table of the rules", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../../docs/rules.md"), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toEqual(
    verdictCodes.flatMap((code) =>
      Object.entries(rules[code]).map(
        ([rule, { summary, instead }]) => `| \`${code}\` | \`${rule}\` | ${summary} | ${instead} |`,
      ),
    ),
  );
});

test("a rule belongs to one verdict, so its code is unambiguous", () => {
  expect(new Set(ruleCodes).size).toBe(Object.values(rules).flatMap(Object.keys).length);
  expect(Object.keys(rules)).toEqual([...verdictCodes]);
  expect(findRule("cause-veto")?.code).toBe("recorded");
  expect(findRule("constructor")).toBeNull();
});

test.each(ruleCodes)("%s is a kebab-case code with whole sentences", (rule) => {
  expect(rule).toMatch(/^[a-z]+(-[a-z]+)*$/);
  const text = findRule(rule)?.text;
  for (const sentence of [text?.summary, text?.instead]) expect(sentence).toMatch(/^[A-Z0-9].*\.$/);
});
