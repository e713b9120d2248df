import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client.ts";

export type Database = PrismaClient & { close(): Promise<void> };
/** What `$transaction` hands to its callback. It may not leave `store/`. */
export type Transaction = Parameters<Parameters<PrismaClient["$transaction"]>[0]>[0];

export interface DatabaseOptions {
  /** Connections at most. Each process of a fleet has its own. */
  readonly poolSize: number;
  /** One statement at most, default 10 s. A server that hangs is given up half a second later. */
  readonly statementTimeoutMs?: number;
}

/**
 * The Prisma client on its own pool of connections, opened on first use. A server that is away fails a query
 * within 3 s, in a way that `isDatabaseAway` knows, and is found again by itself.
 */
export function openDatabase(
  url: string,
  { poolSize, statementTimeoutMs = 10_000 }: DatabaseOptions,
): Database {
  const adapter = new PrismaPg({
    connectionString: url,
    application_name: "sipbook",
    max: poolSize,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    // Who only waits for another one is told apart from who is slow.
    lock_timeout: Math.ceil(statementTimeoutMs * 0.8),
    query_timeout: statementTimeoutMs + 500,
  });
  // A connection has 3 s, so a transaction waits a little longer for one before it gives up.
  const client = new PrismaClient({ adapter, transactionOptions: { maxWait: 4_000, timeout: 30_000 } });
  return Object.assign(client, { close: () => client.$disconnect() });
}
