import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "../support/postgres.ts";
import { findFreePort } from "../support/redis.ts";
import { runSipbook, type Sipbook } from "../support/sipbook.ts";

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
const session = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = ""]) => block);

let folder: { readonly path: string; readonly remove: () => Promise<void> };
let sipbook: Sipbook;
let origin: string;

beforeAll(async () => {
  folder = await makeFolder();
  const env = { DATA_DIR: join(folder.path, "data"), PORT: `${await findFreePort()}`, LOG_LEVEL: "warn" };
  sipbook = runSipbook("serve", { env });
  origin = await sipbook.started();
}, 30_000);

afterAll(async () => {
  sipbook.child.kill("SIGTERM");
  await sipbook.ended;
  await folder.remove();
});

test("the session with curl works as it stands in the README", async () => {
  // Only where the API listens differs; the data folder is below the folder where the commands run, as for its reader.
  const mark = "echo; echo '=== next'";
  const script = session.map((block) => block.replace("http://127.0.0.1:8080", origin)).join(`\n${mark}\n`);
  const { stdout } = await promisify(execFile)("bash", ["-eu", "-c", script], { cwd: folder.path });
  const [, contact = "", verdict = "", found = "", undone = "", key = ""] = stdout.split("=== next\n");
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
