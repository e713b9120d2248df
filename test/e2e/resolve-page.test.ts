import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "../support/postgres.ts";
import { findFreePort } from "../support/redis.ts";
import { runSipbook, type Sipbook } from "../support/sipbook.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/resolve.md"), "utf8");
const blocksOf = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(([, block = ""]) => block);

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

test("the commands of docs/resolve.md do what the page says", async () => {
  const mark = "echo; echo '=== next'";
  const script = blocksOf("sh")
    .map((block) => block.replace("http://127.0.0.1:8080", origin))
    .join(`\n${mark}\n`);
  const { stdout } = await promisify(execFile)("bash", ["-eu", "-c", script], { cwd: folder.path });
  const [key = "", , one = "", many = "", tag = ""] = stdout.split("=== next\n");
  expect(JSON.parse(key)).toMatchObject({ scopes: ["read"] });
  expect(shapeOf(JSON.parse(one))).toEqual(shapeOf(JSON.parse(blocksOf("json")[0] ?? "")));
  const { items }: { items: readonly { answer: string }[] } = JSON.parse(many);
  expect(items.map(({ answer }) => answer)).toEqual(["moved", "gone", "active", "unknown", "invalid"]);
  expect(tag.trim()).toBe("304");
});

/** An answer without what differs from run to run: ids and times. */
function shapeOf(answer: unknown): unknown {
  const text = JSON.stringify(answer)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time");
  return JSON.parse(text);
}
