import type { Rejudge } from "../../domain/changes/plan.ts";
import type { LockedBook } from "../book.ts";
import type { Transaction } from "../client.ts";
import { type EventVerdict, verdictsOf } from "./outcomes.ts";

/**
 * Writes the present verdict of the affected events, and of events about keys whose past changed. An unmatched or stale
 * event is looked at whatever its age: an address may have come to its key.
 */
export async function refreshVerdicts(
  tx: Transaction,
  book: LockedBook,
  affected: readonly string[],
  rejudge: readonly Rejudge[],
): Promise<readonly EventVerdict[]> {
  const others = rejudge.length === 0 ? [] : await findRejudged(tx, book, rejudge);
  const verdicts = await verdictsOf(tx, [...new Set([...affected, ...others])]);
  await tx.$executeRaw`
    update events e set verdict = r.code, rule = r.rule
    from jsonb_to_recordset(${JSON.stringify(verdicts)}::jsonb) as r("eventId" uuid, code verdict, rule text)
    where e.id = r."eventId" and (e.verdict, e.rule) is distinct from (r.code, r.rule)`;
  return verdicts;
}

async function findRejudged(
  tx: Transaction,
  book: LockedBook,
  rejudge: readonly Rejudge[],
): Promise<readonly string[]> {
  const json = JSON.stringify(rejudge.map(({ key, since }) => ({ key, since: since && new Date(since) })));
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select distinct e.id from jsonb_to_recordset(${json}::jsonb) as r(key text, since timestamptz(3))
    -- Events about the key since the change, and older ones that matched no address then.
    cross join lateral (
      select id from events e
      where e.book_id = ${book.id}::uuid and e.key = r.key and e.standing <> 'recorded' and e.verdict <> 'failed'
        and (r.since is null or e.occurred_at >= r.since or e.verdict in ('unmatched', 'stale'))
      offset 0
    ) e`;
  return rows.map(({ id }) => id);
}
