import type { Bench } from "./parts/bench.ts";
import { figure, table } from "./parts/report.ts";

interface Statement {
  readonly query: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly share: number;
}

/** Settings for openEmbedded: Postgres counts every statement. */
export const settings = { shared_preload_libraries: "pg_stat_statements" } as const;

export async function startCounting({ db }: Pick<Bench, "db">): Promise<void> {
  await db.$executeRaw`create extension if not exists pg_stat_statements`;
}

/** Prints the statements on which Postgres spent most time since the last call. */
export async function printStatements({ db, print }: Bench, during: string): Promise<void> {
  const found = await db.$queryRaw<Statement[]>`
    select regexp_replace(query, '\\s+', ' ', 'g') as query, calls::float8 as calls,
      total_exec_time as "totalMs", mean_exec_time as "meanMs",
      100 * total_exec_time / sum(total_exec_time) over () as share
    from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())
    order by total_exec_time desc limit 14`;
  await db.$executeRaw`select pg_stat_statements_reset()`;
  const rows = found.map(({ query, calls, totalMs, meanMs, share }) => [
    query.trim().slice(0, 90),
    figure(calls),
    figure(totalMs),
    figure(meanMs),
    figure(share),
  ]);
  print(`\nStatements during ${during}\n${table(["statement", "calls", "total ms", "mean ms", "%"], rows)}`);
}
