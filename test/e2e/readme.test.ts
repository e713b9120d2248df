import { afterAll, beforeAll, expect, test } from "vitest";
import { readBlocks, runBlocks } from "../support/pages/page.ts";
import { type Served, startServed } from "../support/processes/served.ts";

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(() => served.close());

test("the session with curl works as it stands in the README", async () => {
  const printed = await runBlocks(readBlocks("../README.md", "sh"), served);
  const [, contact = "", verdict = "", found = "", undone = "", key = ""] = printed;
  expect(JSON.parse(contact)).toMatchObject({ name: "Alice", addresses: [{ uri: "sip:alice@old.example" }] });
  expect(JSON.parse(verdict)).toMatchObject({
    events: [{ verdict: { code: "applied", rule: "moved-permanently" } }],
  });
  expect(JSON.parse(found)).toMatchObject({
    items: [{ addresses: [{ uri: "sip:alice@new.example", state: "active" }] }],
  });
  expect(undone).toMatch(/"kind":"restored".*"uri":"sip:alice@old.example"/s);
  expect(JSON.parse(key)).toMatchObject({ scopes: ["ingest"], source: "kamailio", key: expect.any(String) });
});
