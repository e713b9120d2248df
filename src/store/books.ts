import { v7 as uuidv7 } from "uuid";
import type { Database } from "./client.ts";
import type { Prisma } from "./generated/client.ts";

/** The book that the first migration creates. */
export const defaultBookId = "01936d00-0000-7000-8000-000000000001";

export type BookRow = Prisma.BookGetPayload<object>;

/** Null: the name is taken. */
export async function createBook(
  db: Database,
  fields: Pick<BookRow, "name" | "emptyContact"> & Partial<Pick<BookRow, "importRemovalShare">>,
): Promise<BookRow | null> {
  const [book] = await db.book.createManyAndReturn({
    data: [{ id: uuidv7(), ...fields }],
    skipDuplicates: true,
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
  });
  return book ?? null;
}

export async function findBook(db: Database, name: string): Promise<BookRow | null> {
  return db.book.findUnique({ where: { name } });
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
  });
}
