import { chmod, chown, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { getJson, useSipbooks } from "../processes/sipbooks.ts";
import { makeFolder } from "../support/processes/postgres.ts";

const { makeDataDir, onEnd, run } = useSipbooks();

/** Where users who may not enter the project's folder find it. */
async function makeShownAt(): Promise<string> {
  const folder = await makeFolder();
  onEnd(() => folder.remove());
  await chmod(folder.path, 0o755);
  return folder.path;
}

async function refuseNamespaces(): Promise<{ readonly PATH: string }> {
  const bin = await makeFolder();
  onEnd(() => bin.remove());
  await writeFile(join(bin.path, "unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  return { PATH: `${bin.path}:${process.env["PATH"]}` };
}

describe.runIf(process.getuid?.() === 0)("as root where user namespaces are refused", () => {
  test("PostgreSQL runs as a system user", async () => {
    const dataDir = await makeDataDir();
    await chmod(join(dataDir, ".."), 0o755);
    const env = { ...(await refuseNamespaces()), DATA_DIR: dataDir };
    const shownAt = await makeShownAt();
    const first = run("serve", env, { shownAt });
    await first.started();
    expect((await stat(join(dataDir, "postgres"))).uid).toBeGreaterThan(0);
    expect((await stat(join(dataDir, "admin.key"))).uid).toBe(0);
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    await run("serve", { DATA_DIR: dataDir }, { shownAt, program: "database" }).started();
  });

  test("a folder that PostgreSQL's user cannot reach is reported in one line", async () => {
    const sipbook = run("serve", { ...(await refuseNamespaces()), DATA_DIR: await makeDataDir() });
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(/^sipbook: PostgreSQL could not create its files in [^\n]*\n$/);
  });
});

describe.runIf(process.getuid?.() === 0)("as an ordinary user", () => {
  const wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

  test("it runs in a folder that only this user may enter", async () => {
    const home = join(await makeDataDir(), "..");
    const shownAt = await makeShownAt();
    await chmod(home, 0o700);
    await chown(home, 65_534, 65_534);
    const sipbook = run("serve", { DATA_DIR: join(home, "data") }, { wrapper, shownAt });
    expect(await getJson(`${await sipbook.started()}/jobs`)).toEqual([{ done: 0 }]);
    sipbook.child.kill("SIGTERM");
    expect(await sipbook.ended).toBe(0);

    await run("serve", { DATA_DIR: join(home, "data") }, { shownAt, program: "database" }).started();
  });

  test("it runs for a user without a name", async () => {
    const home = join(await makeDataDir(), "..");
    await chown(home, 54_321, 54_321);
    const nameless = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    const options = { wrapper: nameless, shownAt: await makeShownAt(), program: "database" } as const;
    await run("serve", { DATA_DIR: join(home, "data") }, options).started();
    expect((await stat(join(home, "data/postgres"))).uid).toBe(54_321);
  });

  test("a folder that it may not write to is reported in one line", async () => {
    const dataDir = await makeDataDir();
    await mkdir(dataDir, { mode: 0o755 });
    await chmod(join(dataDir, ".."), 0o755);
    const sipbook = run("serve", { DATA_DIR: dataDir }, { wrapper, shownAt: await makeShownAt() });
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(/^sipbook: DATA_DIR [^\n]* is not writable: EACCES[^\n]*\n$/);
  });
});
