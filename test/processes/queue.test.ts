import { randomUUID } from "node:crypto";
import { type Logger, pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { openEmbedded } from "../../src/postgres/embedded.ts";
import { openQueue, openQueueWorker, type Queue, type QueueConnection } from "../../src/queue/queue.ts";
import { makeDataFolder, silent } from "../support/processes/postgres.ts";
import { isRedisMissing, makeRedis, redisAt, type TestRedis } from "../support/processes/redis.ts";
import { openRefuser } from "../support/processes/tcp.ts";
import { waitFor } from "../support/wait.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Bench {
  readonly queue: Queue;
  /** Batches, in the order in which they came to the worker. */
  readonly taken: (readonly string[])[];
  readonly startWorker: (
    process?: (eventIds: readonly string[]) => Promise<void>,
  ) => Promise<{ close: Close }>;
}

type Close = (withinMs?: number) => Promise<void>;

async function makeBench(connection: QueueConnection, log: Logger = silent): Promise<Bench> {
  const name = `test-${randomUUID()}`;
  const queue = await openQueue({ ...connection, name, log });
  closers.push(() => queue.close());
  const taken: (readonly string[])[] = [];
  const startWorker: Bench["startWorker"] = async (process = async () => {}) => {
    const worker = await openQueueWorker({
      ...connection,
      name,
      log,
      concurrency: 2,
      process: async (eventIds) => {
        taken.push(eventIds);
        await process(eventIds);
      },
    });
    closers.push(() => worker.close(2_000));
    return { close: (withinMs) => worker.close(withinMs) };
  };
  return { queue, taken, startWorker };
}

function rememberLog(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(String(JSON.parse(line).msg));
  return { log: pino({ level: "info" }, { write }), lines };
}

const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    () => "rejected",
  );

let redis: TestRedis;
beforeAll(async () => {
  if (isRedisMissing()) return;
  redis = await makeRedis();
  await redis.start();
});
afterAll(() => redis?.close());

const idle = { waiting: 0, active: 0, delayed: 0, failed: 0 };

const onRedis: [string, () => QueueConnection] = ["Redis", () => redisAt(redis.url)];
const onPostgres: [string, () => QueueConnection] = [
  "PostgreSQL",
  () => ({ databaseUrl: inject("databaseUrl") }),
];
const backends = isRedisMissing() ? [onPostgres] : [onRedis, onPostgres];

describe.each(backends)("on %s", (_name, connection) => {
  test("a job carries its batch of ids to a worker, and leaves nothing behind", async () => {
    const { queue, taken, startWorker } = await makeBench(connection());
    await startWorker();
    await queue.add(["a", "b"]);
    await waitFor(() => expect(taken).toEqual([["a", "b"]]));
    await waitFor(async () => expect(await queue.counts()).toEqual(idle));
  });

  test("a job waits for the first worker", async () => {
    const { queue, taken, startWorker } = await makeBench(connection());
    await queue.add(["a"]);
    expect(await queue.counts()).toEqual({ ...idle, waiting: 1 });
    await startWorker();
    await waitFor(() => expect(taken).toEqual([["a"]]));
  });

  test("a failed job is retried after a pause", async () => {
    const { queue, taken, startWorker } = await makeBench(connection());
    await startWorker(async () => {
      if (taken.length === 1) throw new Error("The database restarts");
    });
    await queue.add(["a"]);
    await waitFor(() => expect(taken).toEqual([["a"], ["a"]]));
    await waitFor(async () => expect(await queue.counts()).toEqual(idle));
  });

  test("a worker that closes finishes the job in progress, and takes no other", async () => {
    const { queue, taken, startWorker } = await makeBench(connection());
    const held = Promise.withResolvers<void>();
    const done: (readonly string[])[] = [];
    const worker = await startWorker(async (ids) => {
      await held.promise;
      done.push(ids);
    });
    await queue.add(["a"]);
    await waitFor(() => expect(taken).toHaveLength(1));
    const closing = worker.close();
    held.resolve();
    await closing;
    expect(done).toEqual([["a"]]);
    await queue.add(["b"]);
    expect(await queue.counts()).toEqual({ ...idle, waiting: 1 });
    await startWorker();
    await waitFor(() => expect(taken).toEqual([["a"], ["b"]]));
    expect(done).toEqual([["a"]]);
  });

  test("a worker that closes waits only for its limit", async () => {
    const { queue, taken, startWorker } = await makeBench(connection());
    const held = Promise.withResolvers<void>();
    let isDone = false;
    const worker = await startWorker(async () => {
      await held.promise;
      isDone = true;
    });
    closers.push(async () => held.resolve());
    await queue.add(["a"]);
    await waitFor(() => expect(taken).toHaveLength(1));
    await worker.close(300);
    expect(isDone).toBe(false);
  });

  test("ping answers", async () => {
    const { queue } = await makeBench(connection());
    await expect(queue.ping()).resolves.toBeUndefined();
  });
});

/** Until a worker waits for jobs. */
async function waitUntilIdle({ call }: TestRedis): Promise<void> {
  await waitFor(async () => expect(String(await call("CLIENT", "LIST"))).toContain("cmd=bzpopmin"));
}

async function makeOwnRedis(...options: string[]): Promise<TestRedis> {
  const own = await makeRedis(...options);
  closers.push(() => own.close());
  return own;
}

if (isRedisMissing()) test.skip("the queue on Redis: redis-server is not installed");

describe.skipIf(isRedisMissing())("on a Redis of its own", () => {
  test("a start without Redis succeeds; until Redis comes, jobs are refused at once, and one line is logged", async () => {
    const own = await makeOwnRedis();
    const refuser = await openRefuser(own.port);
    closers.push(refuser.close);
    const { log, lines } = rememberLog();
    const { queue, taken, startWorker } = await makeBench(redisAt(own.url), log);
    await startWorker();
    expect(await outcomeOf(queue.add(["lost"]))).toBe("rejected");
    await waitFor(() => expect(refuser.attempts()).toBeGreaterThan(8));
    expect(await outcomeOf(queue.add(["lost too"]))).toBe("rejected");
    await expect(queue.ping()).rejects.toThrow("Redis is away");
    expect(lines.filter((line) => line.startsWith("Redis is away"))).toHaveLength(2);

    await refuser.close();
    await own.start();
    await waitFor(() => queue.add(["found"]));
    await waitFor(() => expect(taken).toContainEqual(["found"]));
    expect(lines.filter((line) => line.startsWith("Redis is back"))).toHaveLength(2);
    expect(lines).toHaveLength(4);
  });

  test("queue and worker use a Redis again that died and came back empty", async () => {
    const own = await makeOwnRedis();
    await own.start();
    const { queue, taken, startWorker } = await makeBench(redisAt(own.url));
    await startWorker();
    await queue.add(["before"]);
    await waitFor(() => expect(taken).toEqual([["before"]]));
    await own.stop();
    await outcomeOf(queue.add(["lost"]));
    await waitFor(() => expect(queue.ping()).rejects.toThrow("Redis is away"));
    await own.start();
    await waitFor(() => queue.add(["after"]));
    await waitFor(() => expect(taken).toContainEqual(["after"]));
  });

  test("a flushed Redis does not keep the worker from later jobs, idle or busy", async () => {
    const own = await makeOwnRedis();
    await own.start();
    const { queue, taken, startWorker } = await makeBench(redisAt(own.url));
    const held = Promise.withResolvers<void>();
    closers.push(async () => held.resolve());
    await startWorker(() => held.promise);
    await waitUntilIdle(own);
    await own.call("FLUSHALL");
    await queue.add(["after idle"]);
    await waitFor(() => expect(taken).toEqual([["after idle"]]));
    await own.call("FLUSHALL");
    held.resolve();
    await queue.add(["after busy"]);
    await waitFor(() => expect(taken).toEqual([["after idle"], ["after busy"]]));
  });

  test("with a Redis that hangs, adding and closing still end", async () => {
    const own = await makeOwnRedis();
    await own.start();
    const { queue, taken, startWorker } = await makeBench(redisAt(own.url));
    const worker = await startWorker();
    await queue.add(["a"]);
    await waitFor(() => expect(taken).toEqual([["a"]]));
    await waitUntilIdle(own);
    own.freeze();
    expect(await outcomeOf(queue.add(["b"]))).toBe("rejected");
    expect(await outcomeOf(worker.close(1_000))).toBe("done");
    expect(await outcomeOf(queue.close())).toBe("done");
  });

  test("with a Redis that is dead, closing still ends", async () => {
    const own = await makeOwnRedis();
    await own.start();
    const { queue, startWorker } = await makeBench(redisAt(own.url));
    const worker = await startWorker();
    await waitUntilIdle(own);
    await own.stop();
    expect(await outcomeOf(worker.close(1_000))).toBe("done");
    expect(await outcomeOf(queue.close())).toBe("done");
  });
});

test("queue and worker use a restarted PostgreSQL again, with a few log lines", async () => {
  const folder = await makeDataFolder(inject("dataFolder"));
  closers.push(() => folder.remove());
  const open = () => openEmbedded({ dataDir: folder.path, log: silent, settings: { fsync: "off" } });
  let server = await open();
  closers.push(() => server.close());
  const { log, lines } = rememberLog();
  const { queue, taken, startWorker } = await makeBench({ databaseUrl: server.url }, log);
  await startWorker();
  await queue.add(["before"]);
  await waitFor(() => expect(taken).toEqual([["before"]]));
  await server.close();
  for (let attempt = 0; attempt < 20; attempt += 1)
    expect(await outcomeOf(queue.add(["lost"]))).toBe("rejected");
  await waitFor(() => expect(lines).not.toEqual([]));
  server = await open();
  await waitFor(() => queue.add(["after"]));
  await waitFor(() => expect(taken).toContainEqual(["after"]));
  expect(lines.length).toBeLessThanOrEqual(4);
});
