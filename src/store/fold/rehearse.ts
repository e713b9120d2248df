import { lockBook } from "../book.ts";
import type { Database, Transaction } from "../client.ts";
import { type EventRow, findEvents } from "../events/events.ts";
import { type NewEvent, type Receipt, storeEvents } from "../events/inbox.ts";
import { type EventOutcome, outcomesOf } from "../events/outcomes.ts";
import type { ChangeRow } from "../feed/history.ts";
import { applyIn } from "./apply.ts";

/** A dry run: what events would do in the book as it is now. */
export interface Rehearsal {
  /** One for each event, in their order. */
  readonly receipts: readonly Receipt[];
  /** The events as they would be stored; a duplicate as it is stored. */
  readonly rows: readonly EventRow[];
  /** At most 100 per event. */
  readonly outcomes: readonly EventOutcome[];
  /** The changes that they would make, at most 1,000. */
  readonly changes: readonly ChangeRow[];
}

const max = { outcomes: 100, changes: 1000 };

class RolledBack extends Error {
  readonly rehearsal: Rehearsal;

  constructor(rehearsal: Rehearsal) {
    super("Dry run rolled back");
    this.rehearsal = rehearsal;
  }
}

/**
 * Stores and decides events as `storeEvents` and `applyBatch` do, then rolls back: no row, sequence or notification is
 * left. The book is locked meanwhile.
 */
export async function rehearse(
  db: Database,
  bookId: string,
  events: readonly NewEvent[],
): Promise<Rehearsal> {
  try {
    return await db.$transaction(async (tx) => {
      throw new RolledBack(await perform(tx, bookId, events));
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.rehearsal;
    throw error;
  }
}

async function perform(tx: Transaction, bookId: string, events: readonly NewEvent[]): Promise<Rehearsal> {
  // First: reports of the same events must not wait while this transaction waits for the book.
  await lockBook(tx, bookId);
  const receipts = await storeEvents(tx, events);
  const accepted = receipts.filter(({ state }) => state === "accepted").map(({ id }) => id);
  await applyIn(tx, bookId, accepted, 0);
  const ids = receipts.map(({ id }) => id);
  return {
    receipts,
    rows: await findEvents(tx, ids),
    outcomes: await outcomesOf(tx, ids, max.outcomes),
    changes: await tx.change.findMany({
      where: { bookId, eventId: { in: accepted } },
      orderBy: { sequence: "asc" },
      take: max.changes,
    }),
  };
}
