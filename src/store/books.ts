import { v7 as uuidv7 } from "uuid";
import { type EmptyContact } from "../domain/rules/policy.ts";
import type { Database } from "./client.ts";

/** The book that the first migration creates. */
export const defaultBookId = "01936d00-0000-7000-8000-000000000001";

export interface BookRow {
  readonly id: string;
  readonly name: string;
  readonly emptyContact: EmptyContact;
  /** The share of the active addresses, 0 to 1, that an import may remove without a decision. */
  readonly importRemovalShare: number;
  readonly createdAt: Date;
}

const bookFields = {
  id: true,
  name: true,
  emptyContact: true,
  importRemovalShare: true,
  createdAt: true,
} as const;

/** Null: the name is taken. */
export async function createBook(
  db: Database,
  fields: Pick<BookRow, "name" | "emptyContact"> & Partial<Pick<BookRow, "importRemovalShare">>,
): Promise<BookRow | null> {
  const [book] = await db.book.createManyAndReturn({
    data: [{ id: uuidv7(), ...fields }],
    skipDuplicates: true,
    select: bookFields,
  });
  return book ?? null;
}

/** Null: book not found. */
export async function changeBook(
  db: Database,
  name: string,
  { importRemovalShare }: Partial<Pick<BookRow, "importRemovalShare">>,
): Promise<BookRow | null> {
  const [book] = await db.book.updateManyAndReturn({
    where: { name },
    // Only this field: others that a caller sent must not reach the row.
    data: importRemovalShare === undefined ? {} : { importRemovalShare },
    select: bookFields,
  });
  return book ?? null;
}

export async function findBook(db: Database, name: string): Promise<BookRow | null> {
  return db.book.findUnique({ where: { name }, select: bookFields });
}

/** By name; at most `limit`. */
export async function listBooks(
  db: Database,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly BookRow[]> {
  return db.book.findMany({
    where: after === null ? {} : { name: { gt: after } },
    orderBy: { name: "asc" },
    take: limit,
    select: bookFields,
  });
}
