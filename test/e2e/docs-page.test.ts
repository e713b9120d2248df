import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeFolder } from "../support/processes/postgres.ts";
import { findFreePort } from "../support/processes/redis.ts";
import { runSipbook } from "../support/processes/sipbook.ts";
import { findExecutable } from "./kamailio/installed.ts";

const chromium = findExecutable("chromium");
if (chromium === null) console.warn("No look at the docs page here, missing: chromium");

test.skipIf(chromium === null && process.env["CI"] === undefined)(
  "a browser that reaches nothing but sipbook shows the docs page with every call",
  async () => {
    const folder = await makeFolder();
    const env = { DATA_DIR: join(folder.path, "data"), PORT: `${await findFreePort()}`, LOG_LEVEL: "warn" };
    const sipbook = runSipbook("serve", { env });
    try {
      const page = await render(`${await sipbook.started()}/docs`, folder.path);
      for (const call of [
        "/v1/events",
        "/v1/contacts/{id}",
        "/v1/history/{id}/undo",
        "/v1/webhooks/{source}",
      ]) {
        expect(page).toContain(`data-path="${call}"`);
      }
    } finally {
      sipbook.child.kill("SIGTERM");
      await sipbook.ended;
      await folder.remove();
    }
  },
);

/** The page after its scripts ran. Whatever host but ours it asks for, there is none. */
async function render(url: string, folder: string): Promise<string> {
  const options = [
    ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
    [
      "--disable-background-networking",
      "--disable-component-update",
      `--user-data-dir=${join(folder, "browser")}`,
    ],
    [
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
      "--virtual-time-budget=8000",
      "--dump-dom",
      url,
    ],
  ];
  const { stdout } = await promisify(execFile)(chromium ?? "chromium", options.flat(), {
    maxBuffer: 32 * 1024 * 1024,
  });
  return stdout;
}
