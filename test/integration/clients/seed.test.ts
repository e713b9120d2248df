import { expect } from "vitest";
import { runSeed } from "../../../src/clients/seed/seed.ts";
import { sharedService, test } from "../../support/shared.ts";
import { checkInvariants } from "../fold/invariants.ts";

const service = await sharedService();

async function seed(key: string, ...args: readonly string[]) {
  const text = { printed: "", errors: "" };
  const code = await runSeed(["--url", await service.origin(), ...args], {
    print: (line) => void (text.printed += line),
    printError: (line) => void (text.errors += line),
    findKey: async () => key,
    signal: new AbortController().signal,
  });
  return { code, ...text };
}

test("an empty book gets calls of every verdict, and a filled one is left alone", async ({ book }) => {
  const first = await seed(book.key);
  expect(first).toMatchObject({ code: 0, errors: "" });
  for (const code of ["applied", "recorded", "held", "unmatched"])
    expect(first.printed).toMatch(new RegExp(`\\d+ ${code}`));
  expect(first.printed).not.toContain("pending");
  await checkInvariants(book);
  const before = await book.changes();
  const second = await seed(book.key);
  expect(second).toMatchObject({ code: 2, printed: "" });
  expect(second.errors).toMatch(/^sipbook: The book has contacts already\..*\n\nUsage: /);
  expect(await book.changes()).toEqual(before);
});

test("an unknown option is reported with the usage", async () => {
  const { code, errors } = await seed("no key is needed", "--people", "3");
  expect(code).toBe(2);
  expect(errors).toMatch(/^sipbook: .*--people.*\n\nUsage: /s);
});
