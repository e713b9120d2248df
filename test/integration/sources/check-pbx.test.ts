import { expect, test } from "vitest";
import { runCheck } from "../../../src/clients/check/run.ts";
import { type Scenario, scenarios, stormOf } from "../../../src/clients/check/scenarios.ts";
import { dialectNames } from "../../../src/dialects/dialects.ts";
import { findFreePort } from "../../support/processes/tcp.ts";
import { sharedService } from "../../support/shared.ts";

const service = await sharedService();
const book = await service.makeBook();
const origin = await service.origin();

async function check(
  args: readonly string[],
  played: readonly Scenario[] = scenarios,
  signal: AbortSignal = new AbortController().signal,
) {
  const text = { output: "", errors: "" };
  const code = await runCheck(["--url", origin, ...args], {
    print: (part) => void (text.output += part),
    printError: (part) => void (text.errors += part),
    findKey: async () => book.key,
    signal,
    scenarios: played,
  });
  return { code, ...text };
}

const others = dialectNames.filter((dialect) => dialect !== "default");

test.for(others)("every call that the dialect %s can report gets the expected verdict", async (dialect) => {
  const { code, output, errors } = await check(
    ["--source", dialect],
    [...scenarios.slice(0, -1), stormOf(10)],
  );
  expect(output).not.toMatch(/ differs$/m);
  const [, fine, unsaid = "0"] =
    /(\d+) as expected, 0 different(?:, (\d+) not supported)?/.exec(output) ?? [];
  expect(Number(fine) + Number(unsaid)).toBe(scenarios.length);
  // A dialect without webhooks cannot be checked, so it must not pass.
  expect([code, errors !== ""]).toEqual(fine === "0" ? [1, true] : [0, false]);
});

test("the default dialect reports every call, and each gets the expected verdict", async () => {
  const { code, output } = await check(["--source", "default"]);
  expect(output).toContain(`${scenarios.length} as expected, 0 different.\n`);
  expect(code).toBe(0);
});

test("a source with a mapping is checked with bodies in its own fields", async () => {
  const mapping = {
    requestUri: "/call/to",
    status: "/call/result",
    reason: "/call/result",
    contacts: "/call/new",
    callId: "/call/id",
    occurredAt: "ended",
    clock: "whole-seconds",
    when: [{ field: "type", in: ["call.ended"] }],
  };
  await book.post("/v1/sources", { body: { name: "dialler", dialect: "generic", mapping } });
  const { code, output } = await check(["--source", "dialler"], scenarios.slice(0, -1));
  expect([code, output]).toEqual([0, expect.stringMatching(/11 as expected, 0 different, 1 not supported/)]);
  expect(output).toContain("generic: it does not report reasonHeaders");
});

test("a source that can report none of the calls fails the check", async () => {
  const mapping = { requestUri: "to", constants: { status: 487 } };
  await book.post("/v1/sources", { body: { name: "mute", dialect: "generic", mapping } });
  const { code, errors } = await check(["--source", "mute"], scenarios.slice(0, 2));
  expect([code, errors]).toEqual([1, expect.stringMatching(/^sipbook: nothing was played: .*generic/)]);
});

test("an unexpected verdict is printed with the call, and the exit code shows the failure", async () => {
  const [first] = scenarios;
  if (first === undefined) throw new Error("There are no scenarios");
  const expected = { ...first.expected, book: ["sip:elsewhere@new.example active"] };
  const { code, output } = await check(["--source", "kamailio"], [{ ...first, expected }]);
  expect(code).toBe(1);
  expect(output).toMatch(/301 with one Contact .*sip:elsewhere@new\.example active +differs\n/);
  expect(output).toMatch(/happened: applied\/moved-permanently; sip:moved@new\.example active\n/);
});

test("a refused request is printed with the reason", async () => {
  const [first] = scenarios;
  if (first === undefined) throw new Error("There are no scenarios");
  const reports = first.reports.map((report) => ({ ...report, uri: "" }));
  const { output } = await check(["--source", "default"], [{ ...first, reports }]);
  expect(output).toMatch(/default: it cannot report 301/);
});

test("a check makes its own book, keeps it and names it", async () => {
  const { output } = await check(["--source", "kamailio"], scenarios.slice(0, 1));
  const [, name = ""] = /\?book=(check-kamailio-[0-9a-f]{8})\n/.exec(output) ?? [];
  expect(await book.get(`/v1/events?book=${name}`)).toMatchObject({
    status: 200,
    body: { items: [{ source: "check", status: 301 }] },
  });
  expect(await book.get("/v1/events")).toMatchObject({ body: { items: [] } });
});

const nowhere = `http://127.0.0.1:${await findFreePort()}`;

// with …, these arguments exit with … and print …
const mistakes: [string, readonly string[], number, RegExp][] = [
  ["no source", [], 2, /^sipbook: Name the source .*\n\nUsage: /],
  ["an unknown source", ["--source", "trunk-9"], 1, /^sipbook: .*Source not found in this book\n$/],
  [
    "an invalid name of a source",
    ["--source", "../keys"],
    2,
    /^sipbook: .*not a valid name of a source\n\nUsage: /,
  ],
  ["an invalid URL", ["--source", "default", "--url", "sip:x"], 2, /^sipbook: --url must/],
  ["no service there", ["--source", "default", "--url", nowhere], 1, /^sipbook: .*ECONNREFUSED.*\n$/],
  [
    "a wrong key",
    ["--source", "default", "--key", "wrong"],
    1,
    /^sipbook: .*key is unknown: check that it is complete\n$/,
  ],
];
test.for(mistakes)("the check stops at the start with %s", async ([, args, code, errors]) => {
  expect(await check(args)).toEqual({ code, output: "", errors: expect.stringMatching(errors) });
});

test("Ctrl-C stops the check", async () => {
  const { code, errors } = await check(["--source", "default"], scenarios, AbortSignal.abort());
  expect([code, errors]).toEqual([130, "\nCancelled.\n"]);
});
