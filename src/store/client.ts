import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "./generated/client.ts";

export type Database = PrismaClient & { close(): Promise<void> };
/** The argument of the callback of `$transaction`. It must not leave `store/`. */
export type Transaction = Parameters<Parameters<PrismaClient["$transaction"]>[0]>[0];

interface DatabaseOptions {
  /** Most connections of this process. */
  readonly poolSize: number;
  /** Limit of a statement, default 10 s. If the server hangs, the client gives up half a second later. */
  readonly statementTimeoutMs?: number;
  /** Limit of a new connection, default 3 s. */
  readonly connectTimeoutMs?: number;
}

/**
 * The Prisma client on its own pool of connections, opened on first use. While the server is down, each query fails
 * within 3 s with an error that `isDatabaseAway` recognizes. Later queries reconnect.
 */
export function openDatabase(
  url: string,
  { poolSize, statementTimeoutMs = 10_000, connectTimeoutMs = 3_000 }: DatabaseOptions,
): Database {
  const settings = {
    connectionString: url,
    application_name: "sipbook",
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: statementTimeoutMs,
    // Shorter, so that a wait for a lock fails with an error of its own.
    lock_timeout: Math.ceil(statementTimeoutMs * 0.8),
    query_timeout: statementTimeoutMs + 500,
  };
  const adapter = new PrismaPg(settings, { statementNameGenerator: nameStatements(url) });
  const transactionOptions = { maxWait: connectTimeoutMs + 1_000, timeout: 30_000 };
  const client = new PrismaClient({ adapter, transactionOptions });
  return Object.assign(client, { close: () => client.$disconnect() });
}

const maxNames = 300;

/**
 * Names for statements, so that a connection plans each text once. Texts beyond the first 300 of a process, such as
 * lists of another length, stay without a name, and so do all with `?pgbouncer=true` in the URL.
 */
export function nameStatements(url: string): (statement: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  if (URL.parse(url)?.searchParams.get("pgbouncer") === "true") return () => "";
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size === maxNames) return "";
    const name = `sipbook_${names.size}`;
    names.set(sql, name);
    return name;
  };
}
