import { type RemovalLimit, removalLimit, whyStopped } from "../../domain/imports/removal-limit.ts";
import type { Database, Transaction } from "../client.ts";
import type { ImportRecord } from "./imports.ts";
import { lockImport } from "./job.ts";
import { planRows } from "./plan.ts";
import { readBatch, writeResults } from "./rows.ts";

/** Most missing contacts found in one statement. */
const maxMissing = 5000;

/** Plans the next rows, or after the last one decides how the import continues. Applies nothing. */
export async function checkBatch(db: Database, importId: string, size: number): Promise<void> {
  await db.$transaction(async (tx) => {
    const job = await lockImport(tx, importId, "checking");
    if (job === null) return;
    const batch = await readBatch(tx, importId, { after: job.checkedTo, limit: size });
    const last = batch.at(-1);
    if (last === undefined) return finishCheck(tx, job);
    const { results } = await planRows(tx, job, batch, { now: new Date(), ahead: true });
    await writeResults(tx, job, results, { checkedTo: last.row });
  });
}

async function finishCheck(tx: Transaction, job: ImportRecord): Promise<void> {
  if (job.archivesMissing && (await addMissing(tx, job)) > 0) return;
  const stopReason = job.allowsRemovals ? null : whyStopped(await readRemovals(tx, job));
  if (job.validateOnly || stopReason !== null) {
    const data = {
      state: job.validateOnly ? "checked" : "stopped",
      stopReason,
      finishedAt: new Date(),
    } as const;
    await tx.import.update({ where: { id: job.id }, data: { ...data, leasedUntil: null } });
    return;
  }
  const counts = { created: 0, updated: 0, unchanged: 0, rejected: 0, archived: 0 };
  await tx.import.update({
    where: { id: job.id },
    data: { state: "applying", ...counts, added: 0, asserted: 0, removed: 0 },
  });
}

/** Adds a row for each of the next contacts that have an external id but are missing from the file. */
async function addMissing(tx: Transaction, job: ImportRecord): Promise<number> {
  const found = await tx.$queryRaw<{ removed: number }[]>`
    with met as materialized (
      select contact_id from import_rows
      where import_id = ${job.id}::uuid and external_id is null and contact_id is not null
    ),
    known as materialized (
      select contact_id from import_rows where import_id = ${job.id}::uuid and kind = 'missing'
      order by row desc limit 1
    )
    insert into import_rows (import_id, row, kind, place, external_id, name, addresses, is_partial, faults, outcome,
      contact_id, removed)
    select ${job.id}::uuid, ${job.rows} + row_number() over (order by c.id), 'missing', 'not in the file',
      c.external_id, c.name, '[]', false, '[]', 'archive', c.id,
      (select count(*) from addresses a where a.contact_id = c.id and a.status = 'active' and a.merged_into is null)
    from (
      select id, external_id, name from contacts c
      where c.book_id = ${job.bookId}::uuid and c.external_id is not null and c.archived_at is null
        and c.created_at < ${job.createdAt} and c.id > coalesce((select contact_id from known), ${noId}::uuid)
        and not exists (
          select from import_rows r where r.import_id = ${job.id}::uuid and r.external_id = c.external_id
        )
        and c.id not in (select contact_id from met)
      order by c.id limit ${maxMissing}
    ) c
    returning removed`;
  const rows = job.rows + found.length;
  await tx.import.update({
    where: { id: job.id },
    data: {
      rows,
      checkedTo: rows,
      archived: { increment: found.length },
      removed: { increment: found.reduce((sum, { removed }) => sum + removed, 0) },
    },
  });
  return found.length;
}

const noId = "00000000-0000-0000-0000-000000000000";

async function readRemovals(tx: Transaction, job: ImportRecord): Promise<RemovalLimit> {
  const [row] = await tx.$queryRaw<{ active: number; share: number; unread: number }[]>`
    select import_removal_share as share,
      (select count(*)::int from addresses
        where book_id = books.id and status = 'active' and merged_into is null) as active,
      (select count(*)::int from import_rows where import_id = ${job.id}::uuid and kind = 'bad') as unread
    from books where id = ${job.bookId}::uuid`;
  if (row === undefined) throw new Error(`Book ${job.bookId} not found`);
  const { removed, archived } = job;
  return {
    removed,
    archived,
    unread: row.unread,
    share: row.share,
    limit: removalLimit(row.active, row.share),
  };
}
