import { randomUUID } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import type { ReportingSource } from "../../src/receive/intake/event-input.ts";
import { matchKey } from "../../src/sip/uri.ts";
import { openSource } from "../../src/sources/book-sources.ts";
import { type LockedBook, lockBook } from "../../src/store/book.ts";
import { createBook } from "../../src/store/books.ts";
import type { Database, Transaction } from "../../src/store/client.ts";
import { refoldForEdit } from "../../src/store/fold/apply.ts";
import { createKey } from "../../src/store/keys.ts";
import { homeOf } from "./calls.ts";

/** A book for one measurement, so that measurements do not disturb each other. */
export interface BenchBook {
  readonly id: string;
  readonly contacts: number;
  /** The source `default`. */
  readonly source: ReportingSource;
  /** A key with the scope admin. */
  readonly key: string;
  /** When the addresses were asserted. Calls happen later. */
  readonly assertedAt: Date;
}

const importSize = 1000;

/** Makes contacts 0 to `contacts` - 1, each with the address of `homeOf`, as an import does. */
export async function makeBook(db: Database, contacts: number): Promise<BenchBook> {
  const book = await createBook(db, { name: `bench-${randomUUID()}`, emptyContact: "archive" });
  if (book === null) throw new Error("The random name of the book is a duplicate");
  const { id } = book;
  const source = await openSource(db, id, "default");
  if (source === null) throw new Error("The new book has no source");
  const admin = { name: "bench", scopes: ["admin" as const], sourceId: null, expiresAt: null };
  const { secret } = await createKey(db, id, admin);
  const assertedAt = new Date(Date.now() - 2 * 24 * 60 * 60_000);
  for (let first = 0; first < contacts; first += importSize) {
    const count = Math.min(importSize, contacts - first);
    const people = Array.from({ length: count }, (_, i) => first + i);
    await db.$transaction(async (tx) => importPeople(tx, await lockBook(tx, id), people, assertedAt));
  }
  // Postgres would do so itself a minute later.
  await db.$executeRaw`analyze`;
  return { id, contacts, source: { ...source, bookId: id }, key: secret, assertedAt };
}

async function importPeople(
  tx: Transaction,
  book: LockedBook,
  people: readonly number[],
  at: Date,
): Promise<void> {
  const stamps = { createdAt: book.now, updatedAt: book.now };
  const rows = people.map((person) => {
    const uri = homeOf(person);
    return { person, uri, key: matchKey(uri) ?? "", id: uuidv7(), contactId: uuidv7() };
  });
  const bookId = book.id;
  await tx.contact.createMany({
    data: rows.map(({ contactId, person }) => ({
      id: contactId,
      bookId,
      name: `Person ${person}`,
      version: 0,
      ...stamps,
    })),
  });
  await tx.address.createMany({
    data: rows.map(({ id, contactId, uri, key }) => ({
      id,
      bookId,
      contactId,
      uri,
      key,
      status: "active" as const,
      assertedUri: uri,
      assertedKey: key,
      assertedAt: at,
    })),
  });
  await tx.assertion.createMany({
    data: rows.map(({ id, contactId, uri, key }) => ({
      id: uuidv7(),
      bookId,
      contactId,
      addressId: id,
      uri,
      key,
      at,
      status: "active" as const,
      madeBy: "import" as const,
    })),
  });
  const causes = new Map(rows.map(({ contactId }) => [contactId, { kind: "import" as const }]));
  await refoldForEdit(tx, book, { causes, actor: null });
}
