import { v7 as uuidv7 } from "uuid";
import type { Dialect } from "../domain/dialect.ts";
import type { Policy } from "../domain/policy.ts";
import type { Database } from "./client.ts";

export interface SourceRow {
  readonly id: string;
  readonly name: string;
  readonly dialect: string;
  readonly mode: Policy["mode"];
  /** Where the dialect `generic` finds what it needs in a body. */
  readonly mapping: unknown;
  readonly pausedAt: Date | null;
  /** An operator vouches for the network on which its datagrams come. */
  readonly trustedPath: boolean;
  readonly createdAt: Date;
}

const sourceFields = {
  id: true,
  name: true,
  dialect: true,
  mode: true,
  mapping: true,
  pausedAt: true,
  trustedPath: true,
  createdAt: true,
} as const;

/** Null where the book has a source of this name. */
export async function createSource(
  db: Database,
  bookId: string,
  fields: { readonly name: string; readonly dialect: Dialect; readonly mode: Policy["mode"] },
): Promise<SourceRow | null> {
  const [source] = await db.source.createManyAndReturn({
    data: [{ id: uuidv7(), bookId, ...fields }],
    skipDuplicates: true,
    select: sourceFields,
  });
  return source ?? null;
}

export async function findSource(db: Database, bookId: string, name: string): Promise<SourceRow | null> {
  return db.source.findUnique({ where: { bookId_name: { bookId, name } }, select: sourceFields });
}

export async function findSourceById(db: Database, id: string): Promise<SourceRow | null> {
  return db.source.findUnique({ where: { id }, select: sourceFields });
}

/** By name; at most `limit`. */
export async function listSources(
  db: Database,
  bookId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly SourceRow[]> {
  return db.source.findMany({
    where: { bookId, ...(after === null ? {} : { name: { gt: after } }) },
    orderBy: { name: "asc" },
    take: limit,
    select: sourceFields,
  });
}

/** A new mode holds for events received from now on. Null where there is no such source. */
export async function changeSource(
  db: Database,
  bookId: string,
  name: string,
  { mode }: { readonly mode?: Policy["mode"] },
): Promise<SourceRow | null> {
  const [source] = await db.source.updateManyAndReturn({
    where: { bookId, name },
    // Named one by one: what else a caller sent must not reach the row.
    data: mode === undefined ? {} : { mode },
    select: sourceFields,
  });
  return source ?? null;
}
