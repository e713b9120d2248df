import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startServed } from "../support/processes/served.ts";
import { findExecutable } from "./kamailio/installed.ts";

const chromium = findExecutable("chromium");
if (chromium === null) console.warn("No look at the docs page here, missing: chromium");

test.skipIf(chromium === null && process.env["CI"] === undefined)(
  "a browser that reaches nothing but sipbook shows the docs page with every call",
  async () => {
    const served = await startServed();
    try {
      const page = await render(`${served.origin}/docs`, served.folder);
      for (const call of [
        "/v1/events",
        "/v1/contacts/{id}",
        "/v1/history/{id}/undo",
        "/v1/webhooks/{source}",
      ]) {
        expect(page).toContain(`data-path="${call}"`);
      }
    } finally {
      await served.close();
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
