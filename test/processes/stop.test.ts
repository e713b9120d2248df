import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openEmbedded } from "../../src/postgres/embedded.ts";
import { runSql, silent } from "../support/processes/postgres.ts";
import { waitFor } from "../support/wait.ts";
import { getJson, hasEnded, postmasterOf, useSipbooks } from "./sipbooks.ts";

const { copyDataDir, onEnd, run } = useSipbooks();

async function waitUntilBegun(origin: string, work: { requests: number; jobs: number }): Promise<void> {
  await waitFor(async () => expect(await getJson(`${origin}/begun`)).toEqual(work));
}

describe("sipbook serve stops", () => {
  test.for(["SIGTERM", "SIGINT to the group"])("on %s, what it has begun is finished", async (signal) => {
    const dataDir = await copyDataDir();
    const sipbook = run("serve", { DATA_DIR: dataDir });
    const origin = await sipbook.started();
    const postmaster = await postmasterOf(dataDir);
    await getJson(`${origin}/jobs`, "POST");
    const request = getJson(`${origin}/slow`);
    await waitUntilBegun(origin, { requests: 1, jobs: 1 });
    if (signal === "SIGTERM") sipbook.child.kill("SIGTERM");
    else sipbook.interrupt();
    expect(await request).toEqual({ slow: true });
    await expect(fetch(`${origin}/slow`)).rejects.toThrow("fetch failed");
    expect(await sipbook.ended).toBe(0);
    expect(sipbook.errors()).toBe("");
    expect(await hasEnded(postmaster)).toBe(true);

    const server = await openEmbedded({ dataDir, log: silent });
    onEnd(() => server.close());
    expect(await runSql(server.url, "SELECT count(*)::int AS done FROM done")).toEqual([{ done: 1 }]);
  });

  test("it stops in spite of a request that never ends", async () => {
    const sipbook = run("serve", { DATA_DIR: await copyDataDir() });
    const origin = await sipbook.started();
    const stuck = fetch(`${origin}/stuck`).catch(() => "cut");
    await waitUntilBegun(origin, { requests: 1, jobs: 0 });
    sipbook.child.kill("SIGTERM");
    expect(await stuck).toBe("cut");
    expect(await sipbook.ended).toBe(0);
  });

  test("a second Ctrl-C ends it at once, and its PostgreSQL shuts down cleanly", async () => {
    const dataDir = await copyDataDir();
    const sipbook = run("serve", { DATA_DIR: dataDir });
    const origin = await sipbook.started();
    const postmaster = await postmasterOf(dataDir);
    const stuck = fetch(`${origin}/stuck`).catch(() => "cut");
    await waitUntilBegun(origin, { requests: 1, jobs: 0 });
    sipbook.interrupt();
    await waitFor(() => expect(fetch(`${origin}/begun`)).rejects.toThrow("fetch failed"));
    sipbook.interrupt();
    expect(await sipbook.ended).toBe(130);
    await stuck;
    await waitFor(async () => expect(await hasEnded(postmaster)).toBe(true));
    expect(await readFile(join(dataDir, "postgres.log"), "utf8")).toContain("database system is shut down");
  });

  test("when its PostgreSQL dies, it says so and ends", async () => {
    const dataDir = await copyDataDir();
    const sipbook = run("serve", { DATA_DIR: dataDir });
    await sipbook.started();
    process.kill(await postmasterOf(dataDir), "SIGQUIT");
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(/^sipbook: The embedded PostgreSQL ended unexpectedly: see [^\n]*\n/);
  });
});
