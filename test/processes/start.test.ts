import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { start } from "../../src/process/serve.ts";
import { noTracing } from "../../src/telemetry/tracing.ts";
import { silent } from "../support/processes/postgres.ts";
import type { Sipbook } from "../support/processes/sipbook.ts";
import { waitFor } from "../support/wait.ts";
import { getJson, postmasterOf, useSipbooks } from "./sipbooks.ts";

const { copyDataDir, makeDatabase, makeDataDir, onEnd, run } = useSipbooks();

describe("sipbook serve, with no configuration but a folder", () => {
  const shared = useSipbooks(afterAll);
  let dataDir: string;
  let first: Sipbook;
  let origin: string;
  beforeAll(async () => {
    dataDir = await shared.copyDataDir();
    first = shared.run("serve", { DATA_DIR: dataDir });
    origin = await first.started();
  });
  const readKey = async () => (await readFile(join(dataDir, "admin.key"), "utf8")).trim();

  test("makes an admin key, shows it, and keeps it for its owner's eyes", async () => {
    const key = await readKey();
    expect(key.length).toBeGreaterThanOrEqual(24);
    expect(first.output()).toContain(key);
    expect(first.output()).toMatch(/Docs +http:\/\/127\.0\.0\.1:\d+\/docs/);
    expect((await stat(join(dataDir, "admin.key"))).mode & 0o777).toBe(0o600);
  });

  test("a second one on the same folder ends with one line, and the first keeps running", async () => {
    const second = shared.run("serve", { DATA_DIR: dataDir });
    expect(await second.ended).toBe(1);
    expect(second.errors()).toMatch(/^sipbook: Another sipbook is running on DATA_DIR [^\n]*\n$/);
    expect(await getJson(`${origin}/jobs`)).toEqual([{ done: 0 }]);
  });

  test("after SIGKILL it starts again with its data, and does not show the key again", async () => {
    const key = await readKey();
    await getJson(`${origin}/jobs`, "POST");
    await waitFor(async () => expect(await getJson(`${origin}/jobs`)).toEqual([{ done: 1 }]));
    await getJson(`${origin}/jobs`, "POST");
    await waitFor(async () => expect(await getJson(`${origin}/begun`)).toEqual({ requests: 0, jobs: 2 }));
    first.child.kill("SIGKILL");
    await first.ended;
    const second = shared.run("serve", { DATA_DIR: dataDir });
    const next = await second.started();
    expect(await getJson(`${next}/jobs`)).toEqual([{ done: 1 }]);
    await getJson(`${next}/jobs`, "POST");
    await waitFor(async () => expect(await getJson(`${next}/jobs`)).toEqual([{ done: 2 }]));
    expect(second.output()).not.toContain(key);
    expect(second.output()).toContain(join(dataDir, "admin.key"));
    expect(await readKey()).toBe(key);
    second.child.kill("SIGTERM");
    expect(await second.ended).toBe(0);
  });
});

test("a port in use is reported in one line, and its PostgreSQL is stopped", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onEnd(async () => void other.close());
  const address = other.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const dataDir = await copyDataDir();
  const sipbook = run("serve", { DATA_DIR: dataDir, PORT: port });
  expect(await sipbook.ended).toBe(1);
  expect(sipbook.errors()).toMatch(
    new RegExp(`^sipbook: The API cannot listen on [^\\n]*${port}: [^\\n]*EADDRINUSE[^\\n]*\\n$`),
  );
  await expect(postmasterOf(dataDir)).rejects.toThrow("ENOENT");
});

test("the real thing starts, is ready, and stops", async () => {
  const sipbook = run("serve", { DATA_DIR: await makeDataDir() }, { program: "main" });
  const origin = await sipbook.started();
  expect((await fetch(`${origin}/readyz`)).status).toBe(200);
  sipbook.child.kill("SIGTERM");
  expect(await sipbook.ended).toBe(0);
  expect(sipbook.errors()).toBe("");
});

test("a database that is lost in the middle of the start is reported in one sentence", async () => {
  const config = readConfig({
    DATABASE_URL: await makeDatabase("migrated"),
    SIPBOOK_ADMIN_KEY: "an-admin-key-for-these-tests",
  });
  const lost = new Error("Connection terminated due to connection timeout");
  const buildApp = () => Promise.reject(lost);
  await expect(start("api", config, { log: silent, tracing: noTracing }, { buildApp })).rejects.toThrow(
    /^PostgreSQL stopped answering during the start \(Connection terminated [^)]*\): start sipbook again$/,
  );
});

// when …, the start ends with this line
const refused: [string, string, Record<string, string>, RegExp][] = [
  ["a variable does not parse", "serve", { PORT: "http" }, /^sipbook: PORT must be [^\n]*\n$/],
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

test("DATA_DIR that is a file is reported in one line", async () => {
  const dataDir = await makeDataDir();
  await writeFile(dataDir, "");
  const sipbook = run("serve", { DATA_DIR: dataDir });
  expect(await sipbook.ended).toBe(1);
  expect(sipbook.errors()).toMatch(/^sipbook: DATA_DIR [^\n]* is not writable: [^\n]*\n$/);
});
