import { expect, test } from "vitest";
import { nameStatements } from "../../../src/store/client.ts";

const url = "postgresql://sipbook@127.0.0.1/sipbook";

test("a statement keeps its name, and no two share one", () => {
  const nameOf = nameStatements(url);
  const texts = Array.from({ length: 300 }, (_, i) => `select ${i}`);
  const names = texts.map((sql) => nameOf({ sql }));
  expect(new Set(names).size).toBe(300);
  expect(texts.map((sql) => nameOf({ sql }))).toEqual(names);
});

test("statements after the first 300 stay without a name, so that a connection's memory has a limit", () => {
  const nameOf = nameStatements(url);
  for (let i = 0; i < 300; i += 1) nameOf({ sql: `select ${i}` });
  expect(nameOf({ sql: "select 'one more'" })).toBe("");
  expect(nameOf({ sql: "select 7" })).toBe("sipbook_7");
});

test("no statement has a name behind a PgBouncer that cannot keep names", () => {
  expect(nameStatements(`${url}?pgbouncer=true`)({ sql: "select 1" })).toBe("");
});
