import { defined } from "../../json/defined.ts";
import type { Database } from "../client.ts";
import { type ContactRow, listContacts, type Shown } from "./contacts.ts";

const pageSize = 500;

interface ExportFilter extends Shown {
  /** Archived contacts too. */
  readonly archived: boolean;
  readonly changedSince: Date | null;
}

/** A gone address and the latest change that made it gone; null if the history does not have it. */
export interface GoneAddressRow {
  readonly id: string;
  readonly uri: string;
  readonly label: string | null;
  readonly contactId: string;
  readonly externalId: string | null;
  readonly name: string;
  readonly goneAt: Date | null;
  readonly status: number | null;
  readonly reason: string | null;
  readonly source: string | null;
  readonly eventId: string | null;
}

/**
 * Every contact of the book, by id, in pages. It is not a snapshot: each page is read on demand, so it may or may not
 * have writes made meanwhile. A contact that existed at the start is exported exactly once.
 */
export async function* exportContacts(
  db: Database,
  bookId: string,
  { gone, archived, changedSince }: ExportFilter,
): AsyncGenerator<readonly ContactRow[], void> {
  const filter = {
    gone,
    ...defined({ archived: archived ? undefined : false, updatedSince: changedSince ?? undefined }),
  };
  yield* pagesOf((after) => listContacts(db, bookId, filter, { after, limit: pageSize }));
}

/** Every gone address of the book and its archived contacts, by id, in pages; see exportContacts. */
export async function* exportGone(
  db: Database,
  bookId: string,
  changedSince: Date | null,
): AsyncGenerator<readonly GoneAddressRow[], void> {
  for await (const page of pagesOf((after) => listGone(db, bookId, after))) {
    yield page.filter(({ goneAt }) => changedSince === null || (goneAt !== null && goneAt >= changedSince));
  }
}

async function* pagesOf<Row extends { readonly id: string }>(
  read: (after: string | null) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[], void> {
  let page: readonly Row[] = [];
  do {
    page = await read(page.at(-1)?.id ?? null);
    yield page;
  } while (page.length === pageSize);
}

async function listGone(
  db: Database,
  bookId: string,
  after: string | null,
): Promise<readonly GoneAddressRow[]> {
  return db.$queryRaw<GoneAddressRow[]>`
    select a.id, a.uri, a.label, a.contact_id as "contactId", c.external_id as "externalId", c.name,
      h.at as "goneAt", h.status, h.reason, h.source_name as source, h.event_id as "eventId"
    from (
      select id, uri, label, contact_id from addresses
      where book_id = ${bookId}::uuid and status = 'gone' and merged_into is null
        and (${after}::uuid is null or id > ${after}::uuid)
      order by id limit ${pageSize}
    ) a
    join contacts c on c.id = a.contact_id
    left join lateral (
      select at, status, reason, source_name, event_id from history
      where address_id = a.id and after_state = 'gone' order by sequence desc limit 1
    ) h on true
    order by a.id`;
}
