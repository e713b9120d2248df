import { defined } from "../../json/defined.ts";
import type { Database } from "../client.ts";
import type { Prisma } from "../generated/client.ts";
import type { ChangeKind } from "../generated/enums.ts";

export type ChangeRow = Prisma.ChangeGetPayload<object>;

interface ChangeFilter {
  readonly contactId?: string;
  /** Identity of the address before or after the change. */
  readonly key?: string;
  readonly source?: string;
  readonly kind?: ChangeKind;
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

/** Null: change not found. */
export async function findChange(db: Database, bookId: string, id: string): Promise<ChangeRow | null> {
  return db.change.findFirst({ where: { id, bookId } });
}

/** Newest first, before the sequence `after`; at most `limit`. */
export async function listChanges(
  db: Database,
  bookId: string,
  { contactId, key, source, kind, from, to }: ChangeFilter,
  { after, limit }: { readonly after: number | null; readonly limit: number },
): Promise<readonly ChangeRow[]> {
  return db.change.findMany({
    where: {
      bookId,
      ...(key === undefined ? {} : { OR: [{ beforeKey: key }, { afterKey: key }] }),
      ...defined({ contactId, kind, sourceName: source }),
      at: defined({ gte: from, lt: to }),
      ...(after === null ? {} : { sequence: { lt: after } }),
    },
    orderBy: { sequence: "desc" },
    take: limit,
  });
}

/** The feed: in order of sequence, after `after`; at most `limit`. */
export async function readFeed(
  db: Database,
  bookId: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly ChangeRow[]> {
  return db.change.findMany({
    where: { bookId, sequence: { gt: after } },
    orderBy: { sequence: "asc" },
    take: limit,
  });
}
