import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "../../../src/process/command.ts";
import type { Parts } from "../../../src/process/serve.ts";

// The real process code around an API and a worker that do almost nothing, slowly, for tests of start and stop.
const begun = { requests: 0, jobs: 0 };

const buildApp: Parts["buildApp"] = async ({ db, queues }) => {
  const { fastify } = await import("fastify");
  const app = fastify();
  app.get("/begun", async () => begun);
  app.get("/slow", async () => {
    begun.requests += 1;
    await sleep(700);
    return { slow: true };
  });
  app.post("/jobs", async () => {
    await queues.events.add(["slow"]);
    return { accepted: 1 };
  });
  app.get("/jobs", async () => db.$queryRaw`SELECT count(*)::int AS done FROM done`);
  app.get("/stuck", () => {
    begun.requests += 1;
    return new Promise(() => {});
  });
  return app;
};

const startWorker: Parts["startWorker"] = async ({ db, connection, log }) => {
  await db.$executeRaw`CREATE TABLE IF NOT EXISTS done (at timestamptz DEFAULT now())`;
  const process = async () => {
    begun.jobs += 1;
    await sleep(700);
    await db.$executeRaw`INSERT INTO done DEFAULT VALUES`;
  };
  const { openQueueWorker } = await import("../../../src/queue/queue.ts");
  return openQueueWorker({ ...connection, name: "events", log, concurrency: 2, process });
};

process.exit(await runCommand(process.argv[2], process.env, { buildApp, startWorker }));
