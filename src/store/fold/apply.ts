import type { Cause, ChangeDraft } from "../../domain/changes/changes.ts";
import { type ContactFacts, planContact, type Rejudge } from "../../domain/changes/plan.ts";
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

/** The result of a batch: the events that got a verdict, and how many changes of the book they made. */
export interface BatchResult {
  /** The book's name. */
  readonly book: string;
  readonly decided: readonly Decision[];
  readonly changes: number;
}

interface Decision extends ClaimedEvent {
  readonly verdict: VerdictCode;
}

/**
 * Decides pending events of one book, each once; a second call with the same ids changes nothing. It also decides up to
 * `catchUp` other pending events of the book, so that their jobs find no work.
 */
export async function applyBatch(
  db: Database,
  bookId: string,
  eventIds: readonly string[],
  { catchUp }: { readonly catchUp: number } = { catchUp: 0 },
): Promise<BatchResult> {
  return db.$transaction((tx) => applyIn(tx, bookId, eventIds, catchUp));
}

/** The same in the caller's transaction. */
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
  const affected = [...claimed.map(({ id }) => id), ...vetoed];
  const { changes, rejudge } = await refold(tx, book, { causes }, { contactIds: new Set(), actor: null });
  const verdicts = await refreshVerdicts(tx, book, affected, rejudge);
  return { book: book.name, decided: withVerdicts(claimed, verdicts), changes: changes.length };
}

function withVerdicts(
  claimed: readonly ClaimedEvent[],
  verdicts: readonly EventVerdict[],
): readonly Decision[] {
  const codes = new Map(verdicts.map(({ eventId, code }) => [eventId, code]));
  return claimed.map((event) => ({ ...event, verdict: codes.get(event.id) ?? "unmatched" }));
}

type WrittenChange = ChangeDraft & { readonly id: string };

/** A command of a person, an import or an undo, and the contacts that it is about. */
interface EditRefold extends Omit<Touched, "contactIds"> {
  /** What changed each contact. Each gets a new version, whatever its fold says. */
  readonly causes: ReadonlyMap<string, Cause>;
  /** Contacts that the command archives (true) or brings back (false). */
  readonly archive?: ReadonlyMap<string, boolean>;
  /** Contacts that are read already, as they are now in this transaction. */
  readonly known?: readonly ContactFacts[];
}

/** Folds contacts again after an edit, and writes what differs. */
export async function refoldForEdit(
  tx: Transaction,
  book: LockedBook,
  edit: EditRefold,
): Promise<readonly WrittenChange[]> {
  const touched = { ...edit, contactIds: new Set(edit.causes.keys()) };
  const { changes, rejudge } = await refold(tx, book, edit, touched);
  await refreshVerdicts(tx, book, [], rejudge);
  return changes;
}

/** The one place where an address changes. */
async function refold(
  tx: Transaction,
  book: LockedBook,
  { causes, archive, known = [] }: Pick<EditRefold, "causes" | "archive" | "known">,
  touched: Touched,
): Promise<{ readonly changes: readonly WrittenChange[]; readonly rejudge: readonly Rejudge[] }> {
  const contactIds = [...causes.keys()];
  if (contactIds.length === 0) return { changes: [], rejudge: [] };
  const { contacts, events } = await gather(tx, book.id, contactIds, known);
  const plans = contacts.flatMap((contact) => {
    const cause = causes.get(contact.id);
    if (cause === undefined) return [];
    const archivedByPerson = archive?.get(contact.id) ?? contact.archivedBy === "person";
    const { emptyContact } = book;
    return [planContact({ contact, events, emptyContact, archivedByPerson, cause })];
  });
  const changes = await writePlans(tx, book, plans, touched);
  return { changes, rejudge: plans.flatMap((plan) => plan.rejudge) };
}
