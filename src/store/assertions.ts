import { v7 as uuidv7 } from "uuid";
import type { AddressStatus } from "../domain/fold.ts";
import type { ContactFacts } from "../domain/plan.ts";
import type { LockedBook } from "./book.ts";
import type { Transaction } from "./client.ts";

/** `at` null: now, and after all that was asserted of the contact so far. */
export interface NewAssertion {
  readonly addressId: string;
  readonly key: string;
  readonly uri: string;
  readonly status: AddressStatus;
  readonly at: number | null;
}

export interface NewAddress {
  readonly id: string;
  readonly key: string;
  readonly uri: string;
  readonly label: string | null;
}

/** The time of what is asserted now: never at or before an earlier assertion of the contact. */
export function nextAssertionTime(book: LockedBook, contact: Pick<ContactFacts, "assertions">): number {
  const latest = contact.assertions.at(-1)?.at;
  return latest === undefined ? book.now.getTime() : Math.max(book.now.getTime(), latest + 1);
}

/** Address rows are made before their assertion; where they stand is written by the refold that follows. */
export async function insertAddresses(
  tx: Transaction,
  book: LockedBook,
  contactId: string,
  addresses: readonly NewAddress[],
): Promise<void> {
  await tx.address.createMany({
    data: addresses.map(({ id, key, uri, label }) => ({
      id,
      bookId: book.id,
      contactId,
      label,
      uri,
      key,
      status: "active" as const,
      assertedUri: uri,
      assertedKey: key,
      assertedAt: book.now,
    })),
  });
}

export async function insertAssertions(
  tx: Transaction,
  book: LockedBook,
  contact: Pick<ContactFacts, "id" | "assertions">,
  { made, madeBy }: { readonly made: readonly NewAssertion[]; readonly madeBy: "person" | "import" | "undo" },
): Promise<void> {
  const now = nextAssertionTime(book, contact);
  await tx.assertion.createMany({
    data: made.map(({ addressId, key, uri, status, at }) => ({
      id: uuidv7(),
      bookId: book.id,
      contactId: contact.id,
      addressId,
      key,
      uri,
      status,
      at: new Date(at ?? now),
      madeBy,
    })),
  });
}
