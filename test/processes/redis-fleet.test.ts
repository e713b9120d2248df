import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { openQueue, openQueueWorker, type Queue } from "../../src/queue/queue.ts";
import { isRedisMissing, redisAt } from "../support/processes/redis.ts";
import { startCluster, startSentinel } from "../support/processes/redis-fleet.ts";
import { openRefuser } from "../support/processes/tcp.ts";
import { waitFor } from "../support/wait.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Bench {
  readonly queue: Queue;
  readonly taken: (readonly string[])[];
  readonly log: readonly string[];
}

/** A queue and a worker of it, ended with the test. */
async function openBench(redisUrl: string): Promise<Bench> {
  const lines: string[] = [];
  const log = pino({ level: "info" }, { write: (line) => void lines.push(String(JSON.parse(line).msg)) });
  const taken: (readonly string[])[] = [];
  const options = { ...redisAt(redisUrl), name: `test-${randomUUID()}`, log };
  const queue = await openQueue(options);
  closers.push(() => queue.close());
  const process = async (ids: readonly string[]) => void taken.push(ids);
  const worker = await openQueueWorker({ ...options, process, concurrency: 2 });
  closers.push(() => worker.close(2_000));
  return { queue, taken, log: lines };
}

if (isRedisMissing()) console.warn("No Redis Cluster and no sentinel here, missing: redis-server");

test.skipIf(isRedisMissing())(
  "a Redis Cluster carries jobs, whichever of its nodes is asked first, in one slot",
  async () => {
    const cluster = await startCluster();
    closers.push(cluster.close);
    const { queue, taken, log } = await openBench(cluster.urls.join(","));
    await queue.add(["a"]);
    await queue.add(["b"]);
    await waitFor(() => expect(taken.flat().toSorted()).toEqual(["a", "b"]));
    await expect(queue.ping()).resolves.toBeUndefined();
    expect(await cluster.owner.call("DBSIZE")).toBeGreaterThan(0);
    expect(log).toEqual([]);
  },
);

test.skipIf(isRedisMissing())(
  "sentinels lead to the new master when the old one dies, queue and worker alike",
  async () => {
    const fleet = await startSentinel();
    closers.push(fleet.close);
    const { queue, taken, log } = await openBench(fleet.url);
    await queue.add(["before"]);
    await waitFor(() => expect(taken).toEqual([["before"]]));
    await fleet.master.stop();
    await waitFor(() => queue.add(["after"]));
    await waitFor(() => expect(taken).toContainEqual(["after"]));
    expect(String(await fleet.replica.call("ROLE"))).toMatch(/^master/);
    expect(log.filter((line) => line.startsWith("Redis is back"))).toHaveLength(2);
  },
);

test("unreachable sentinels are logged once, and do not delay `add`", async () => {
  const sentinels = [await openRefuser(), await openRefuser()];
  for (const { close } of sentinels) closers.push(close);
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const { queue, log } = await openBench(`redis+sentinel://${hosts}/main`);
  await expect(queue.add(["lost"])).rejects.toThrow("did not answer");
  for (const { attempts } of sentinels) await waitFor(() => expect(attempts()).toBeGreaterThan(4));
  expect(log).toHaveLength(2);
  expect(log).toEqual(log.filter((line) => line.startsWith("Redis is away")));
});
