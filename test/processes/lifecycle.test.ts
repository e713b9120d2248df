import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmod, chown, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, inject, test, vi } from "vitest";
import { answerOver, inviteOver, mirror } from "../support/pbx/hep.ts";
import { createDatabase, makeFolder, runSql } from "../support/processes/postgres.ts";
import { findFreePort } from "../support/processes/redis.ts";
import { runSipbook, type Sipbook, type SipbookOptions } from "../support/processes/sipbook.ts";

vi.setConfig({ testTimeout: 60_000 });

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function makeDataDir(): Promise<string> {
  const folder = await makeFolder();
  closers.push(() => folder.remove());
  return join(folder.path, "data");
}

/** A sipbook with an API and a worker that do next to nothing, ended with the test. */
function run(command: string, env: Record<string, string>, options: Partial<SipbookOptions> = {}): Sipbook {
  const sipbook = runSipbook(command, {
    program: "minimal",
    env: { PORT: "0", LOG_LEVEL: "warn", ...env },
    ...options,
  });
  closers.push(async () => {
    sipbook.child.kill("SIGTERM");
    const late = sleep(15_000).then(() => sipbook.child.kill("SIGKILL"));
    await Promise.race([sipbook.ended, late]);
  });
  return sipbook;
}

async function postmasterOf(dataDir: string): Promise<number> {
  const file = await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8");
  return Number(file.split("\n", 1)[0]);
}

async function hasEnded(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return state === null || / Z /.test(state);
}

async function getJson(url: string, method = "GET"): Promise<unknown> {
  return (await fetch(url, { method })).json();
}

describe("sipbook serve, with no configuration but a folder", () => {
  test("makes an admin key, shows it once, and keeps it for its owner's eyes", async () => {
    const dataDir = await makeDataDir();
    const first = run("serve", { DATA_DIR: dataDir });
    await first.started();
    const file = join(dataDir, "admin.key");
    const key = (await readFile(file, "utf8")).trim();
    expect(key.length).toBeGreaterThanOrEqual(24);
    expect(first.output()).toContain(key);
    expect(first.output()).toMatch(/Docs +http:\/\/127\.0\.0\.1:\d+\/docs/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);

    const second = run("serve", { DATA_DIR: dataDir });
    await second.started();
    expect(second.output()).not.toContain(key);
    expect(second.output()).toContain(file);
    expect((await readFile(file, "utf8")).trim()).toBe(key);
  });

  test.for(["SIGTERM", "SIGINT to the group"])("on %s, what it has begun is finished", async (signal) => {
    const dataDir = await makeDataDir();
    const sipbook = run("serve", { DATA_DIR: dataDir });
    const origin = await sipbook.started();
    const postmaster = await postmasterOf(dataDir);
    await getJson(`${origin}/jobs`, "POST");
    const request = getJson(`${origin}/slow`);
    await sleep(300);
    if (signal === "SIGTERM") sipbook.child.kill("SIGTERM");
    else sipbook.interrupt();
    expect(await request).toEqual({ slow: true });
    await expect(fetch(`${origin}/slow`)).rejects.toThrow("fetch failed");
    expect(await sipbook.ended).toBe(0);
    expect(sipbook.errors()).toBe("");
    expect(await hasEnded(postmaster)).toBe(true);

    const again = run("serve", { DATA_DIR: dataDir });
    expect(await getJson(`${await again.started()}/jobs`)).toEqual([{ done: 1 }]);
  });

  test("a request that never ends does not keep it", async () => {
    const sipbook = run("serve", { DATA_DIR: await makeDataDir() });
    const origin = await sipbook.started();
    const stuck = fetch(`${origin}/stuck`).catch(() => "cut");
    await sleep(200);
    sipbook.child.kill("SIGTERM");
    expect(await stuck).toBe("cut");
    expect(await sipbook.ended).toBe(0);
  });

  test("a second Ctrl-C ends it at once, and its PostgreSQL follows in good order", async () => {
    const dataDir = await makeDataDir();
    const sipbook = run("serve", { DATA_DIR: dataDir });
    const origin = await sipbook.started();
    const postmaster = await postmasterOf(dataDir);
    const stuck = fetch(`${origin}/stuck`).catch(() => "cut");
    await sleep(200);
    sipbook.interrupt();
    await sleep(200);
    sipbook.interrupt();
    expect(await sipbook.ended).toBe(130);
    await stuck;
    await vi.waitFor(async () => expect(await hasEnded(postmaster)).toBe(true), 5_000);
    expect(await readFile(join(dataDir, "postgres.log"), "utf8")).toContain("database system is shut down");
  });

  test("killed, it starts again on what it had", async () => {
    const dataDir = await makeDataDir();
    const first = run("serve", { DATA_DIR: dataDir });
    await getJson(`${await first.started()}/jobs`, "POST");
    await sleep(300);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = run("serve", { DATA_DIR: dataDir });
    const origin = await second.started();
    expect(await getJson(`${origin}/jobs`)).toEqual([{ done: 0 }]);
    await getJson(`${origin}/jobs`, "POST");
    await vi.waitFor(async () => expect(await getJson(`${origin}/jobs`)).toEqual([{ done: 1 }]), 5_000);
  });

  test("a second one on the same folder ends with one line, and the first goes on", async () => {
    const dataDir = await makeDataDir();
    const first = run("serve", { DATA_DIR: dataDir });
    const origin = await first.started();
    const second = run("serve", { DATA_DIR: dataDir });
    expect(await second.ended).toBe(1);
    expect(second.errors()).toMatch(/^sipbook: Another sipbook is running on DATA_DIR [^\n]*\n$/);
    expect(await getJson(`${origin}/jobs`)).toEqual([{ done: 0 }]);
  });

  test("when its PostgreSQL dies, it says so and ends", async () => {
    const dataDir = await makeDataDir();
    const sipbook = run("serve", { DATA_DIR: dataDir });
    await sipbook.started();
    process.kill(await postmasterOf(dataDir), "SIGQUIT");
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(/^sipbook: The embedded PostgreSQL ended unexpectedly: see [^\n]*\n/);
  });

  test("its port in use is told in one line, and its PostgreSQL is stopped", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    closers.push(async () => void other.close());
    const address = other.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const dataDir = await makeDataDir();
    const sipbook = run("serve", { DATA_DIR: dataDir, PORT: port });
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(
      new RegExp(`^sipbook: The API cannot listen on [^\\n]*${port}: [^\\n]*EADDRINUSE[^\\n]*\\n$`),
    );
    await expect(postmasterOf(dataDir)).rejects.toThrow("ENOENT");
  });
});

/** Where users who may not enter the project's folder find it. */
async function makeShownAt(): Promise<string> {
  const folder = await makeFolder();
  closers.push(() => folder.remove());
  await chmod(folder.path, 0o755);
  return folder.path;
}

async function refuseNamespaces(): Promise<{ readonly PATH: string }> {
  const bin = await makeFolder();
  closers.push(() => bin.remove());
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
    const second = run("serve", { DATA_DIR: dataDir }, { shownAt });
    expect(await getJson(`${await second.started()}/jobs`)).toEqual([{ done: 0 }]);
  });

  test("a folder that this user cannot reach is told in one line", async () => {
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

    const asRoot = run("serve", { DATA_DIR: join(home, "data") }, { shownAt });
    expect(await getJson(`${await asRoot.started()}/jobs`)).toEqual([{ done: 0 }]);
  });

  test("whom the system does not know by name, it runs as well", async () => {
    const home = join(await makeDataDir(), "..");
    await chown(home, 54_321, 54_321);
    const nameless = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];
    const sipbook = run(
      "serve",
      { DATA_DIR: join(home, "data") },
      { wrapper: nameless, shownAt: await makeShownAt() },
    );
    expect(await getJson(`${await sipbook.started()}/jobs`)).toEqual([{ done: 0 }]);
  });

  test("a folder that it may not write to is told in one line", async () => {
    const dataDir = await makeDataDir();
    await mkdir(dataDir, { mode: 0o755 });
    await chmod(join(dataDir, ".."), 0o755);
    const sipbook = run("serve", { DATA_DIR: dataDir }, { wrapper, shownAt: await makeShownAt() });
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(/^sipbook: DATA_DIR [^\n]* cannot be written: EACCES[^\n]*\n$/);
  });
});

async function makeDatabase(): Promise<string> {
  const database = await createDatabase(inject("serverUrl"));
  closers.push(() => database.drop());
  return database.url;
}

describe("with a database of its own", () => {
  const adminKey = "an-admin-key-for-these-tests";

  test("migrate, then an api and a worker beside each other", async () => {
    const env = { DATABASE_URL: await makeDatabase(), SIPBOOK_ADMIN_KEY: adminKey };
    const early = run("api", env);
    expect(await early.ended).toBe(1);
    expect(early.errors()).toMatch(
      /^sipbook: The database is not migrated [^\n]*run `sipbook migrate` first\n$/,
    );
    const migration = run("migrate", env);
    expect(await migration.ended).toBe(0);
    expect(migration.output()).toBe("The database is up to date.\n");
    const worker = run("worker", env);
    await worker.started();
    const api = run("api", env);
    const origin = await api.started();
    await getJson(`${origin}/jobs`, "POST");
    await vi.waitFor(async () => expect(await getJson(`${origin}/jobs`)).toEqual([{ done: 1 }]), 10_000);
    expect(await runSql(env.DATABASE_URL, "SELECT count(*)::int AS keys FROM keys")).toEqual([{ keys: 1 }]);
    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
  });

  test("a worker answers probes where WORKER_PORT says so, and stops all the same", async () => {
    const env = { DATABASE_URL: await makeDatabase(), SIPBOOK_ADMIN_KEY: adminKey };
    expect(await run("migrate", env).ended).toBe(0);
    const worker = run("worker", { ...env, WORKER_PORT: "0" });
    const origin = await worker.started();
    expect(await getJson(`${origin}/healthz`)).toEqual({ ok: true });
    expect(await getJson(`${origin}/readyz`)).toMatchObject({ ok: true, checks: { queue: { ok: true } } });
    expect((await fetch(`${origin}/v1/contacts`)).status).toBe(404);
    const second = run("worker", { ...env, WORKER_PORT: new URL(origin).port });
    expect(await second.ended).toBe(1);
    expect(second.errors()).toMatch(/^sipbook: The worker cannot listen on [^\n]*WORKER_PORT \d+: [^\n]*\n$/);
    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect(worker.errors()).toBe("");
  });

  test("a process that only takes HEP keeps how calls ended, and answers probes", async () => {
    const env = { DATABASE_URL: await makeDatabase(), SIPBOOK_ADMIN_KEY: adminKey };
    expect(await run("migrate", env).ended).toBe(0);
    const port = await findFreePort();
    const hep = run("hep", { ...env, WORKER_PORT: "0", HEP_PORT: `${port}` });
    expect(await getJson(`${await hep.started()}/readyz`)).toMatchObject({ ok: true });
    const way = [{ place: "10.0.0.2:5060", branch: "b" }];
    const leg = { callId: "call", requestUri: "sip:alice@old.example", way, to: "10.0.0.3:5060" };
    const socket = createSocket("udp4");
    for (const message of [inviteOver(leg, Date.now()), answerOver(leg, Date.now(), "410 Gone")])
      socket.send(mirror(message), port, "127.0.0.1");
    const events = "SELECT status, standing_rule FROM events";
    const kept = [{ status: 410, standing_rule: "observe-mode" }];
    await vi.waitFor(async () => expect(await runSql(env.DATABASE_URL, events)).toEqual(kept), 10_000);
    socket.close();
    hep.child.kill("SIGTERM");
    expect(await hep.ended).toBe(0);
    expect(hep.errors()).toBe("");
  });

  test("its secrets may be handed over in files", async () => {
    const home = await makeFolder();
    closers.push(() => home.remove());
    const file = async (name: string, content: string) => {
      await writeFile(join(home.path, name), `${content}\n`);
      return join(home.path, name);
    };
    const env = {
      DATABASE_URL_FILE: await file("url", await makeDatabase()),
      SIPBOOK_ADMIN_KEY_FILE: await file("key", adminKey),
    };
    expect(await run("migrate", env).ended).toBe(0);
    await run("api", env).started();
    const lost = run("api", { ...env, DATABASE_URL_FILE: join(home.path, "lost") });
    expect(await lost.ended).toBe(1);
    expect(lost.errors()).toBe("sipbook: DATABASE_URL_FILE names a file that cannot be read (ENOENT)\n");
  });

  test("the first start needs an admin key", async () => {
    const sipbook = run("serve", { DATABASE_URL: await makeDatabase() });
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(/^sipbook: SIPBOOK_ADMIN_KEY is needed[^\n]*\n$/);
  });
});

test("the real thing starts, is ready, and stops", async () => {
  const sipbook = run("serve", { DATA_DIR: await makeDataDir() }, { program: "main" });
  const origin = await sipbook.started();
  expect((await fetch(`${origin}/readyz`)).status).toBe(200);
  sipbook.child.kill("SIGTERM");
  expect(await sipbook.ended).toBe(0);
  expect(sipbook.errors()).toBe("");
});

// when …, the start ends with this line
const refused: [string, string, Record<string, string>, RegExp][] = [
  ["a variable does not parse", "serve", { PORT: "http" }, /^sipbook: PORT takes [^\n]*\n$/],
  [
    "the database refuses",
    "serve",
    { DATABASE_URL: "postgres://u@127.0.0.1:1/b" },
    /^sipbook: PostgreSQL cannot be [^\n]*\n$/,
  ],
  ["an api has no database", "api", {}, /^sipbook: `sipbook api` needs DATABASE_URL[^\n]*\n$/],
];

test.for(refused)("when %s, one line says so", async ([, command, env, line]) => {
  const sipbook = run(command, env);
  expect(await sipbook.ended).toBe(1);
  expect(sipbook.errors()).toMatch(line);
});

test("without a command it prints how it is used", async () => {
  const sipbook = run("", {});
  expect(await sipbook.ended).toBe(2);
  expect(sipbook.errors()).toMatch(/^Usage: sipbook <command>/);
});

test("a file in the place of the folder is told in one line", async () => {
  const dataDir = await makeDataDir();
  await writeFile(dataDir, "");
  const sipbook = run("serve", { DATA_DIR: dataDir });
  expect(await sipbook.ended).toBe(1);
  expect(sipbook.errors()).toMatch(/^sipbook: DATA_DIR [^\n]* cannot be written: [^\n]*\n$/);
});
