import { createSocket } from "node:dgram";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerOver, inviteOver, mirror } from "../support/pbx/hep.ts";
import { makeFolder, runSql } from "../support/processes/postgres.ts";
import { findFreePort } from "../support/processes/tcp.ts";
import { waitFor } from "../support/wait.ts";
import { getJson, useSipbooks } from "./sipbooks.ts";

describe("with a database of its own", () => {
  const { makeDatabase, onEnd, run } = useSipbooks(afterAll);
  const adminKey = "an-admin-key-for-these-tests";
  let env: { readonly DATABASE_URL: string; readonly SIPBOOK_ADMIN_KEY: string };
  beforeAll(async () => {
    env = { DATABASE_URL: await makeDatabase("empty"), SIPBOOK_ADMIN_KEY: adminKey };
  });

  test("an api that finds no tables says what to do, which `migrate` does", async () => {
    const early = run("api", env);
    expect(await early.ended).toBe(1);
    expect(early.errors()).toMatch(
      /^sipbook: The database is not migrated [^\n]*run `sipbook migrate` first\n$/,
    );
    const migration = run("migrate", env);
    expect(await migration.ended).toBe(0);
    expect(migration.output()).toBe("The database is up to date.\n");
  });

  test("a worker without WORKER_PORT opens no port, and stops on SIGTERM", async () => {
    const worker = run("worker", env);
    expect(await worker.started()).toBe("");
    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
  });

  test("an api and a worker run beside each other; the worker answers probes, and stops on SIGTERM", async () => {
    const worker = run("worker", { ...env, WORKER_PORT: "0" });
    const probes = await worker.started();
    expect(await getJson(`${probes}/healthz`)).toEqual({ ok: true });
    expect(await getJson(`${probes}/readyz`)).toMatchObject({ ok: true, checks: { queue: { ok: true } } });
    expect((await fetch(`${probes}/v1/contacts`)).status).toBe(404);
    const origin = await run("api", env).started();
    await getJson(`${origin}/jobs`, "POST");
    await waitFor(async () => expect(await getJson(`${origin}/jobs`)).toEqual([{ done: 1 }]));
    expect(await runSql(env.DATABASE_URL, "SELECT count(*)::int AS keys FROM keys")).toEqual([{ keys: 1 }]);
    const second = run("worker", { ...env, WORKER_PORT: new URL(probes).port });
    expect(await second.ended).toBe(1);
    expect(second.errors()).toMatch(/^sipbook: The worker cannot listen on [^\n]*WORKER_PORT \d+: [^\n]*\n$/);
    worker.child.kill("SIGTERM");
    expect(await worker.ended).toBe(0);
    expect(worker.errors()).toBe("");
  });

  test("a process that only takes HEP keeps how calls ended, and answers probes", async () => {
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
    await waitFor(async () => expect(await runSql(env.DATABASE_URL, events)).toEqual(kept));
    socket.close();
    hep.child.kill("SIGTERM");
    expect(await hep.ended).toBe(0);
    expect(hep.errors()).toBe("");
  });

  test("it reads its secrets from files", async () => {
    const home = await makeFolder();
    onEnd(() => home.remove());
    const file = async (name: string, content: string) => {
      await writeFile(join(home.path, name), `${content}\n`);
      return join(home.path, name);
    };
    const files = {
      DATABASE_URL_FILE: await file("url", env.DATABASE_URL),
      SIPBOOK_ADMIN_KEY_FILE: await file("key", adminKey),
    };
    await run("api", files).started();
    const lost = run("api", { ...files, DATABASE_URL_FILE: join(home.path, "lost") });
    expect(await lost.ended).toBe(1);
    expect(lost.errors()).toBe("sipbook: DATABASE_URL_FILE names a file that cannot be read (ENOENT)\n");
  });

  test("the first start needs an admin key", async () => {
    const sipbook = run("serve", { DATABASE_URL: await makeDatabase("migrated") });
    expect(await sipbook.ended).toBe(1);
    expect(sipbook.errors()).toMatch(/^sipbook: SIPBOOK_ADMIN_KEY is needed[^\n]*\n$/);
  });
});
