import { v7 as uuidv7 } from "uuid";
import type { ChangeDraft } from "../../domain/changes/changes.ts";
import type { AddressPlan, ContactPlan } from "../../domain/changes/plan.ts";
import type { Assertion } from "../../domain/fold/fold.ts";
import type { LineageRow } from "../../domain/fold/lineage.ts";
import type { LockedBook } from "../book.ts";
import type { Transaction } from "../client.ts";
import { Prisma } from "../generated/client.ts";
import { appendHistory, type Touched } from "./history-append.ts";

/** Writes plans with one statement per table. Returns the changes with their ids, in order of sequence. */
export async function writePlans(
  tx: Transaction,
  book: LockedBook,
  plans: readonly ContactPlan[],
  touched: Touched,
): Promise<readonly (ChangeDraft & { readonly id: string })[]> {
  const addresses = plans.flatMap((plan) => plan.addresses);
  await writeLineage(tx, book, addresses);
  await writeAddresses(tx, addresses);
  await writeContacts(tx, book, plans, touched);
  const changes = plans.flatMap((plan) => plan.changes).map((change) => ({ ...change, id: uuidv7() }));
  await appendHistory(tx, book, changes, touched);
  return changes;
}

async function writeLineage(
  tx: Transaction,
  book: LockedBook,
  addresses: readonly AddressPlan[],
): Promise<void> {
  const changed = addresses.flatMap(({ id, lineage, stored, unchanged, base }) =>
    lineage === null ? [] : [{ id, first: unchanged, stored, base, steps: lineage.slice(unchanged) }],
  );
  if (changed.length === 0) return;
  const known = changed.filter(({ stored }) => stored > 0);
  if (known.length > 0) await cutLineage(tx, known);
  const rows = changed.flatMap(({ id, first, steps }) =>
    steps.map(({ code, eventId, rule, state, from, until }, i) => ({
      address_id: id,
      step: first + i,
      code,
      event_id: eventId,
      rule,
      ...state,
      from_at: new Date(from.at),
      from_rank: from.rank,
      from_tie: from.tie,
      until_at: until && new Date(until.at),
      until_rank: until && until.rank,
      until_tie: until && until.tie,
    })),
  );
  const json = JSON.stringify(rows);
  await tx.$executeRaw`
    insert into lineage (book_id, address_id, step, code, event_id, rule, key, uri, status,
      from_at, from_rank, from_tie, until_at, until_rank, until_tie)
    select ${book.id}::uuid, r.* from jsonb_to_recordset(${json}::jsonb) as r(
      address_id uuid, step int, code lineage_code, event_id uuid, rule text, key text, uri text,
      status address_status, from_at timestamptz(3), from_rank smallint, from_tie text,
      until_at timestamptz(3), until_rank smallint, until_tie text)`;
  await insertKeys(tx, book, changed);
  if (known.length > 0) await writeKeys(tx, known);
}

async function cutLineage(
  tx: Transaction,
  changed: readonly { readonly id: string; readonly first: number }[],
): Promise<void> {
  const cuts = JSON.stringify(changed.map(({ id, first }) => ({ id, first })));
  await tx.$executeRaw`
    delete from lineage l using jsonb_to_recordset(${cuts}::jsonb) as c(id uuid, first int)
    where l.address_id = c.id and l.step >= c.first`;
}

interface NewSteps {
  readonly id: string;
  readonly stored: number;
  readonly base: Assertion;
  readonly steps: readonly LineageRow[];
}

/** Inserts the keys of new addresses: those of their first assertion and of their steps. */
async function insertKeys(tx: Transaction, book: LockedBook, changed: readonly NewSteps[]): Promise<void> {
  const rows = changed.flatMap(({ id, stored, base, steps }) => {
    const keys = stored > 0 ? [] : new Set([base.key, ...steps.map(({ state }) => state.key)]);
    return [...keys].map((key) => ({ id, key }));
  });
  if (rows.length === 0) return;
  await tx.$executeRaw`
    insert into address_keys (book_id, key, address_id)
    select ${book.id}::uuid, r.key, r.id from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, key text)`;
}

/** Updates the keys that known addresses have or had by their lineage, or were asserted on. */
async function writeKeys(tx: Transaction, known: readonly { readonly id: string }[]): Promise<void> {
  const addressIds = known.map(({ id }) => id);
  const all = Prisma.sql`
    select book_id, key, address_id from lineage where address_id = any(${addressIds}::uuid[])
    union
    select book_id, key, address_id from assertions where address_id = any(${addressIds}::uuid[])`;
  await tx.$executeRaw`
    delete from address_keys k where k.address_id = any(${addressIds}::uuid[])
      and not exists (select from (${all}) n where n.address_id = k.address_id and n.key = k.key)`;
  await tx.$executeRaw`
    insert into address_keys (book_id, key, address_id) ${all} on conflict do nothing`;
}

/** Updates only the rows that differ from the plan. */
async function writeAddresses(tx: Transaction, addresses: readonly AddressPlan[]): Promise<void> {
  const rows = addresses.map(({ id, state, base, mergedInto }) => ({
    id,
    ...state,
    asserted_uri: base.uri,
    asserted_key: base.key,
    asserted_at: new Date(base.at),
    merged_into: mergedInto,
  }));
  await tx.$executeRaw`
    update addresses a set uri = r.uri, key = r.key, status = r.status, asserted_uri = r.asserted_uri,
      asserted_key = r.asserted_key, asserted_at = r.asserted_at, merged_into = r.merged_into
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, uri text, key text,
      status address_status, asserted_uri text, asserted_key text, asserted_at timestamptz(3), merged_into uuid)
    where a.id = r.id and (a.uri, a.key, a.status, a.asserted_uri, a.asserted_at, a.merged_into)
      is distinct from (r.uri, r.key, r.status, r.asserted_uri, r.asserted_at, r.merged_into)`;
}

/** A contact gets a new version if a reader could see a difference. A new contact stays at version 1. */
async function writeContacts(
  tx: Transaction,
  book: LockedBook,
  plans: readonly ContactPlan[],
  touched: Touched,
): Promise<void> {
  const isMade = (id: string): boolean => touched.madeIds?.has(id) === true;
  const rows = plans
    .filter(({ id, changes }) => changes.length > 0 || touched.contactIds.has(id))
    .filter(({ id, archivedBy }) => archivedBy !== null || !isMade(id))
    .map(({ id, archivedBy }) => ({ id, archived_by: archivedBy, versions: isMade(id) ? 0 : 1 }));
  if (rows.length === 0) return;
  await tx.$executeRaw`
    update contacts c set version = c.version + r.versions, updated_at = ${book.now}, archived_by = r.archived_by,
      archived_at = case when r.archived_by is null then null else coalesce(c.archived_at, ${book.now}) end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, archived_by archived_by, versions int)
    where c.id = r.id`;
}
