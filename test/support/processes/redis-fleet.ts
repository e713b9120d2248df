import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "./postgres.ts";
import { guarded, makeRedis, redisPassword, type TestRedis, waitUntilReady } from "./redis.ts";
import { findFreePort } from "./tcp.ts";

/** Every Redis of the fleet requires `redisPassword`. */
export interface RedisCluster {
  /** URLs of the nodes without our keys. A client must follow their redirects to the node with the keys. */
  readonly urls: readonly string[];
  /** The node with our keys. */
  readonly owner: TestRedis;
  readonly close: () => Promise<void>;
}

/** A Redis Cluster of three nodes, each with a third of the slots. */
export async function startCluster(): Promise<RedisCluster> {
  const busPorts = [await findFreePort(), await findFreePort(), await findFreePort()];
  const options = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", ...guarded];
  const nodes = await Promise.all(
    busPorts.map((port) => makeRedis(...options, "--cluster-port", String(port))),
  );
  const close = async () => void (await Promise.all(nodes.map((node) => node.close())));
  try {
    await Promise.all(nodes.map((node) => node.start()));
    const bounds = [0, 5461, 10_923, 16_384];
    for (const [at, node] of nodes.entries()) {
      await node.call("CLUSTER", "ADDSLOTSRANGE", `${bounds[at]}`, `${Number(bounds[at + 1]) - 1}`);
      await nodes[0]?.call("CLUSTER", "MEET", "127.0.0.1", `${node.port}`, `${busPorts[at]}`);
    }
    for (const node of nodes) await waitFor(node, ["CLUSTER", "INFO"], "cluster_state:ok");
    const slot = Number(await nodes[0]?.call("CLUSTER", "KEYSLOT", "{sipbook}"));
    const owner = nodes.find((_node, at) => slot < Number(bounds[at + 1]));
    if (owner === undefined) throw new Error(`No node has slot ${slot}`);
    return { owner, urls: nodes.filter((node) => node !== owner).map(({ url }) => url), close };
  } catch (error) {
    await close();
    throw error;
  }
}

export interface SentinelFleet {
  readonly url: string;
  readonly master: TestRedis;
  readonly replica: TestRedis;
  readonly close: () => Promise<void>;
}

export const sentinelPassword = "a-password-of-the-sentinel";

/** A master, its replica, and a sentinel that makes the replica the master half a second after the master went away. */
export async function startSentinel(): Promise<SentinelFleet> {
  const folder = await makeFolder();
  const port = await findFreePort();
  const master = await makeRedis(...guarded);
  const replica = await makeRedis(...guarded, "--replicaof", "127.0.0.1", String(master.port));
  const closers = [() => folder.remove(), () => master.close(), () => replica.close()];
  const close = async () => {
    for (const each of closers.toReversed()) await each();
  };
  try {
    await master.start();
    await replica.start();
    await waitFor(replica, ["INFO", "replication"], "master_link_status:up");
    const file = join(folder.path, "sentinel.conf");
    await writeFile(file, sentinelConfig(port, master.port));
    const sentinel = spawn("redis-server", [file, "--sentinel", "--dir", folder.path], { stdio: "ignore" });
    await once(sentinel, "spawn");
    closers.push(async () => {
      const ended = once(sentinel, "exit");
      sentinel.kill("SIGKILL");
      await ended;
    });
    await waitUntilReady(`redis://:${sentinelPassword}@127.0.0.1:${port}`);
    const query = `sentinelPassword=${sentinelPassword}`;
    return {
      url: `redis+sentinel://:${redisPassword}@127.0.0.1:${port}/main?${query}`,
      master,
      replica,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const sentinelConfig = (port: number, masterPort: number): string => `
port ${port}
bind 127.0.0.1
requirepass ${sentinelPassword}
sentinel monitor main 127.0.0.1 ${masterPort} 1
sentinel auth-pass main ${redisPassword}
sentinel down-after-milliseconds main 500
sentinel failover-timeout main 2000
`;

async function waitFor(redis: TestRedis, command: readonly string[], said: string): Promise<void> {
  const [name = "", ...args] = command;
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (String(await redis.call(name, ...args)).includes(said)) return;
    await sleep(20);
  }
  throw new Error(`Redis never said ${said}`);
}
