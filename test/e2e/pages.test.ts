import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBlocks, runBlocks } from "../support/pages/page.ts";
import { type Served, startServed } from "../support/processes/served.ts";
import { findExecutable } from "./kamailio/installed.ts";

const chromium = findExecutable("chromium");
if (chromium === null) console.warn("No look at the docs page here, missing: chromium");

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

test.skipIf(chromium === null && process.env["CI"] === undefined)(
  "a browser that reaches nothing but sipbook shows the docs page with every call",
  async () => {
    const page = await render(`${served.origin}/docs`, served.folder);
    for (const call of ["/v1/events", "/v1/contacts/{id}", "/v1/history/{id}/undo", "/v1/webhooks/{source}"])
      expect(page).toContain(`data-path="${call}"`);
  },
);

/** The page after its scripts ran. Only sipbook's own host resolves. */
async function render(url: string, folder: string): Promise<string> {
  const options = [
    ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    ["--disable-background-networking", "--disable-component-update"],
    [
      `--user-data-dir=${join(folder, "browser")}`,
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    ],
    ["--virtual-time-budget=8000", "--dump-dom", url],
  ];
  const { stdout } = await promisify(execFile)(chromium ?? "chromium", options.flat(), {
    maxBuffer: 32 * 1024 * 1024,
  });
  return stdout;
}
