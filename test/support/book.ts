import { randomUUID } from "node:crypto";
import { openSource } from "../../src/sources/book-sources.ts";
import { createBook } from "../../src/store/books.ts";
import type { Database } from "../../src/store/client.ts";
import { createKey } from "../../src/store/keys.ts";

export interface TestBook {
  readonly id: string;
  readonly name: string;
  /** The source `default`. */
  readonly sourceId: string;
  /** A key of the book with the scope admin. */
  readonly key: string;
}

/** A new book for one test, so that tests can run at the same time and need no clean-up. */
export async function makeBook(
  db: Database,
  emptyContact: "archive" | "keep" = "archive",
): Promise<TestBook> {
  const book = await createBook(db, { name: `b-${randomUUID()}`, emptyContact });
  if (book === null) throw new Error("A random name was taken");
  const source = await openSource(db, book.id, "default");
  if (source === null) throw new Error("A new book has no source");
  const { secret } = await makeKey(db, book.id, "admin");
  return { id: book.id, name: book.name, sourceId: source.id, key: secret };
}

export async function makeKey(
  db: Database,
  bookId: string,
  scope: "read" | "write" | "admin",
): Promise<{ readonly id: string; readonly secret: string }> {
  const { key, secret } = await createKey(db, bookId, {
    name: `test ${scope}`,
    scopes: [scope],
    sourceId: null,
    expiresAt: null,
  });
  return { id: key.id, secret };
}
