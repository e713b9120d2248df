import type { Database } from "../client.ts";
import { keptDays } from "./imports.ts";

/** Most imports per statement. */
const maxImports = 10;

/**
 * Deletes rows of imports that ended or stopped more than `keptDays` ago, because they hold names and addresses. At
 * most `limit` rows; returns how many. The import itself stays listed, with its counts.
 */
export async function trimImportRows(db: Database, limit: number): Promise<number> {
  const [trimmed] = await db.$queryRaw<{ count: number }[]>`
    with old as materialized (
      select id from imports i
      where state in ('checked', 'stopped', 'done', 'failed', 'undone')
        and finished_at < clock_timestamp() - make_interval(days => ${keptDays})
        and (exists (select from import_rows where import_id = i.id)
          or exists (select from import_keys where import_id = i.id))
      order by id limit ${maxImports} for update skip locked
    ),
    keys as (
      delete from import_keys where (import_id, key, row) in (
        select k.import_id, k.key, k.row from old join import_keys k on k.import_id = old.id limit ${limit})
      returning 1
    ),
    rows as (
      delete from import_rows where (import_id, row) in (
        select r.import_id, r.row from old join import_rows r on r.import_id = old.id limit ${limit})
      returning 1
    )
    select greatest((select count(*) from keys), (select count(*) from rows))::int as count`;
  return trimmed?.count ?? 0;
}
