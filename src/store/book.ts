import type { EmptyContact } from "../domain/rules/policy.ts";
import type { Transaction } from "./client.ts";

/** A locked book: no other transaction changes its addresses until this one ends. */
export interface LockedBook {
  readonly id: string;
  readonly name: string;
  readonly emptyContact: EmptyContact;
  /** The database's clock, read under the lock, in whole milliseconds. */
  readonly now: Date;
}

/**
 * Takes the book's lock: the first statement of every transaction that changes addresses. One writer per book is
 * enough, since the history's sequence orders them anyway. Readers and new events do not wait for the lock.
 */
export async function lockBook(tx: Transaction, bookId: string): Promise<LockedBook> {
  const [book] = await tx.$queryRaw<Omit<LockedBook, "now">[]>`
    select id, name, empty_contact as "emptyContact" from books where id = ${bookId}::uuid for no key update`;
  const [clock] = await tx.$queryRaw<{ now: Date }[]>`
    select date_trunc('milliseconds', clock_timestamp()) as now`;
  if (book === undefined || clock === undefined) throw new Error(`Book ${bookId} not found`);
  return { ...book, now: clock.now };
}
