import type { Database } from "../client.ts";
import type { Prisma } from "../generated/client.ts";

/** A contact with those of its addresses that are shown, by id. */
export type ContactRow = Prisma.ContactGetPayload<{ select: ReturnType<typeof contactFields> }>;
export type AddressRow = ContactRow["addresses"][number];

/** Whether gone addresses are shown. Merged and removed ones never are. */
export interface Shown {
  readonly gone: boolean;
}

export interface ContactFilter extends Shown {
  /** Identity of a shown address. */
  readonly key?: string;
  /** Part of the name, case-insensitive. */
  readonly namePart?: string;
  readonly externalId?: string;
  readonly archived?: boolean;
  /** Inclusive. */
  readonly updatedSince?: Date;
}

/** Finds archived contacts too. Null: contact not found. */
export async function findContact(
  db: Database,
  bookId: string,
  id: string,
  shown: Shown,
): Promise<ContactRow | null> {
  return db.contact.findFirst({ where: { id, bookId }, select: contactFields(shown) });
}

/** By id; at most `limit`. */
export async function listContacts(
  db: Database,
  bookId: string,
  filter: ContactFilter,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly ContactRow[]> {
  const { key, namePart, externalId, archived, updatedSince } = filter;
  return db.contact.findMany({
    where: {
      bookId,
      ...(after === null ? {} : { id: { gt: after } }),
      ...(key === undefined ? {} : { addresses: { some: { bookId, key, ...whereShown(filter) } } }),
      ...(namePart === undefined ? {} : { name: { contains: escapeLike(namePart), mode: "insensitive" } }),
      ...(externalId === undefined ? {} : { externalId }),
      ...(archived === undefined ? {} : { archivedAt: archived ? { not: null } : null }),
      ...(updatedSince === undefined ? {} : { updatedAt: { gte: updatedSince } }),
    },
    orderBy: { id: "asc" },
    take: limit,
    select: contactFields(filter),
  });
}

const contactFields = (shown: Shown) =>
  ({
    id: true,
    name: true,
    externalId: true,
    version: true,
    createdAt: true,
    updatedAt: true,
    archivedAt: true,
    addresses: {
      where: whereShown(shown),
      orderBy: { id: "asc" },
      select: { id: true, uri: true, label: true, status: true, assertedUri: true, assertedAt: true },
    },
  }) as const;

const whereShown = ({ gone }: Shown) => ({
  mergedInto: null,
  status: gone ? { not: "removed" as const } : ("active" as const),
});

// Prisma does not escape % and _ for ILIKE.
function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, "\\$&");
}
