import type { Cause, ChangeDraft } from "../../domain/changes/changes.ts";
import { type ContactFacts, planContact } from "../../domain/changes/plan.ts";
import type { VerdictCode } from "../../domain/rules/rules.ts";
import { type LockedBook, lockBook } from "../book.ts";
import type { Database, Transaction } from "../client.ts";
import { type ClaimedEvent, claimPending, vetoAnswered } from "../events/claim.ts";
import type { EventVerdict } from "../events/outcomes.ts";
import { refreshVerdicts } from "../events/verdicts.ts";
import { gather } from "./gather.ts";
import type { Touched } from "./history-append.ts";
import { findHits } from "./hits.ts";
import { writePlans } from "./write-plan.ts";

/** What a batch came to: the events that got their verdict now, and how many changes of the book that made. */
export interface BatchResult {
  /** The book's name. */
  readonly book: string;
  readonly decided: readonly Decision[];
  readonly changes: number;
}

export interface Decision extends ClaimedEvent {
  readonly verdict: VerdictCode;
}

/**
 * Decides pending events of one book, each once. A second call with the same ids changes nothing. With `catchUp` it
 * takes so many others of the book along that wait already: their own jobs will find nothing left to do.
 */
export async function applyBatch(
  db: Database,
  bookId: string,
  eventIds: readonly string[],
  { catchUp }: { readonly catchUp: number } = { catchUp: 0 },
): Promise<BatchResult> {
  return db.$transaction((tx) => applyIn(tx, bookId, eventIds, catchUp));
}

/** The same in a transaction that is another's. */
export async function applyIn(
  tx: Transaction,
  bookId: string,
  eventIds: readonly string[],
  catchUp: number,
): Promise<BatchResult> {
  const book = await lockBook(tx, bookId);
  const claimed = await claimPending(tx, book, eventIds, catchUp);
  if (claimed.length === 0) return { book: book.name, decided: [], changes: 0 };
  const vetoed = await vetoAnswered(tx, claimed);
  const hits = await findHits(tx, book, claimed, vetoed);
  const causes = new Map(
    hits.map(({ contactId, eventId }) => [contactId, { kind: "event" as const, eventId }]),
  );
  const touched = { contactIds: new Set<string>(), actor: null };
  const affected = [...claimed.map(({ id }) => id), ...vetoed];
  const { changes, verdicts } = await refoldAndJudge(tx, book, { causes, touched, affected });
  return { book: book.name, decided: withVerdicts(claimed, verdicts), changes: changes.length };
}

function withVerdicts(
  claimed: readonly ClaimedEvent[],
  verdicts: readonly EventVerdict[],
): readonly Decision[] {
  const codes = new Map(verdicts.map(({ eventId, code }) => [eventId, code]));
  return claimed.map((event) => ({ ...event, verdict: codes.get(event.id) ?? "unmatched" }));
}

export interface RefoldInput {
  /** By contact: what made it necessary to fold its addresses again. */
  readonly causes: ReadonlyMap<string, Cause>;
  readonly touched: Touched;
  /** Events whose verdict has to be looked at whatever the folds say. */
  readonly affected: readonly string[];
  /** Contacts that a person archives, or brings back, with this command. */
  readonly archive?: ReadonlyMap<string, boolean>;
  /** Those of the contacts that need not be read: as they stand in this transaction. */
  readonly known?: readonly ContactFacts[];
}

type WrittenChange = ChangeDraft & { readonly id: string };

/** Folds contacts again and writes what came out otherwise: the one place where an address changes. */
export async function refold(
  tx: Transaction,
  book: LockedBook,
  input: RefoldInput,
): Promise<readonly WrittenChange[]> {
  const { changes } = await refoldAndJudge(tx, book, input);
  return changes;
}

async function refoldAndJudge(
  tx: Transaction,
  book: LockedBook,
  { causes, touched, affected, archive, known = [] }: RefoldInput,
): Promise<{ readonly changes: readonly WrittenChange[]; readonly verdicts: readonly EventVerdict[] }> {
  const contactIds = [...causes.keys()];
  if (contactIds.length === 0) {
    return { changes: [], verdicts: await refreshVerdicts(tx, book, affected, []) };
  }
  const { contacts, events } = await gather(tx, book.id, contactIds, known);
  const plans = contacts.flatMap((contact) => {
    const cause = causes.get(contact.id);
    if (cause === undefined) return [];
    const archivedByPerson = archive?.get(contact.id) ?? contact.archivedBy === "person";
    const { emptyContact } = book;
    return [planContact({ contact, events, emptyContact, archivedByPerson, cause })];
  });
  const changes = await writePlans(tx, book, plans, touched);
  const rejudge = plans.flatMap((plan) => plan.rejudge);
  return { changes, verdicts: await refreshVerdicts(tx, book, affected, rejudge) };
}
