import type { ChangeDraft } from "../../domain/changes/changes.ts";
import type { LockedBook } from "../book.ts";
import type { Transaction } from "../client.ts";
import { feedChannel } from "../feed/signal.ts";

/** How a command changed contacts. */
export interface Touched {
  /** These get a new version whatever the folds say. */
  readonly contactIds: ReadonlySet<string>;
  /** Those of them that this transaction created, at version 1. */
  readonly madeIds?: ReadonlySet<string>;
  /** The history rows that this undo undoes, by the address that each is about, or else by its contact. */
  readonly undo?: { readonly changes: ReadonlyMap<string, string>; readonly forced: boolean };
  readonly actor: string | null;
  /** The import that makes the changes, or whose undo does. */
  readonly importId?: string;
}

/**
 * Appends changes to the book's history and numbers them. The counter is taken last in the transaction and held until
 * it commits: numbers follow the order of commits, and none is left out.
 */
export async function appendHistory(
  tx: Transaction,
  book: LockedBook,
  changes: readonly (ChangeDraft & { readonly id: string })[],
  { undo, actor, importId }: Pick<Touched, "undo" | "actor" | "importId">,
): Promise<void> {
  if (changes.length === 0) return;
  const [counter] = await tx.$queryRaw<{ first: bigint }[]>`
    update books set last_sequence = last_sequence + ${changes.length}
    where id = ${book.id}::uuid returning last_sequence - ${changes.length} + 1 as first`;
  if (counter === undefined) throw new Error(`Book ${book.id} not found`);
  const rows = changes.map(({ id, contactId, addressId, kind, before, after, cause }, i) => {
    const undoes = cause.kind === "undo" ? undo?.changes.get(addressId ?? contactId) : undefined;
    return {
      id,
      sequence: Number(counter.first) + i,
      contact_id: contactId,
      address_id: addressId,
      kind,
      before_uri: before?.uri,
      before_key: before?.key,
      before_state: before?.state,
      after_uri: after?.uri,
      after_key: after?.key,
      after_state: after?.state,
      cause_kind: cause.kind,
      event_id: cause.kind === "event" ? cause.eventId : null,
      actor: cause.kind === "event" ? null : actor,
      undoes,
      forced: undoes !== undefined && undo?.forced === true,
    };
  });
  await tx.$executeRaw`
    insert into history (id, book_id, sequence, at, contact_id, address_id, kind, before_uri, before_key,
      before_state, after_uri, after_key, after_state, cause_kind, event_id, status, reason, source_name,
      actor, undoes, forced, import_id)
    select r.id, ${book.id}::uuid, r.sequence, ${book.now}, r.contact_id, r.address_id, r.kind, r.before_uri,
      r.before_key, r.before_state, r.after_uri, r.after_key, r.after_state, r.cause_kind, r.event_id,
      e.status, e.report ->> 'reason', s.name, r.actor, r.undoes, r.forced, ${importId ?? null}::uuid
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, sequence bigint, contact_id uuid,
      address_id uuid, kind change_kind, before_uri text, before_key text, before_state text, after_uri text,
      after_key text, after_state text, cause_kind cause_kind, event_id uuid, actor text, undoes uuid,
      forced boolean)
    left join events e on e.id = r.event_id
    left join sources s on s.id = e.source_id`;
  // PostgreSQL delivers NOTIFY at commit, once per transaction.
  await tx.$executeRaw`select pg_notify(${feedChannel}, ${book.id})`;
}
