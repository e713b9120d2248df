import type { ContactFacts } from "../../domain/changes/plan.ts";
import { asserted } from "../../domain/fold/position.ts";
import type { Candidates, MatchCandidate } from "../../domain/imports/match.ts";
import type { KnownContact, Row } from "../../domain/imports/plan.ts";
import type { Transaction } from "../client.ts";
import { gatherContacts } from "../fold/gather.ts";

/** Most addresses considered for one key. */
const maxPerKey = 50;

interface Named extends MatchCandidate {
  readonly name: string;
}

interface StoredCandidates extends Candidates {
  readonly names: ReadonlyMap<string, string>;
}

/** The contacts of the book that rows may be about: by external id, and by each key that an address has or had. */
export async function findCandidates(
  tx: Transaction,
  bookId: string,
  rows: readonly Row[],
): Promise<StoredCandidates> {
  const externalIds = [...new Set(rows.flatMap(({ externalId }) => externalId ?? []))];
  const own = await tx.$queryRaw<Named[]>`
    select c.id as "contactId", c.external_id as "externalId", c.name, c.archived_at is not null as "isArchived"
    from unnest(${externalIds}::text[]) as e(id)
    cross join lateral (
      select * from contacts where book_id = ${bookId}::uuid and external_id = e.id limit 1
    ) c`;
  const byExternalId = new Map(own.map((contact) => [contact.externalId ?? "", contact]));
  // A row that matches by external id needs no search by address.
  const others = rows.filter(({ externalId }) => externalId === null || !byExternalId.has(externalId));
  const keys = [...new Set(others.flatMap(({ addresses }) => addresses.map(({ key }) => key)))];
  const sharing = await tx.$queryRaw<(Named & { readonly key: string })[]>`
    select distinct k.key, c.id as "contactId", c.external_id as "externalId", c.name,
      c.archived_at is not null as "isArchived"
    from unnest(${keys}::text[]) as k(key)
    cross join lateral (
      select address_id from address_keys
      where book_id = ${bookId}::uuid and address_keys.key = k.key limit ${maxPerKey}
    ) s
    join addresses a on a.id = s.address_id join contacts c on c.id = a.contact_id`;
  return {
    byExternalId,
    byKey: Map.groupBy(sharing, ({ key }) => key),
    names: new Map([...own, ...sharing].map(({ contactId, name }) => [contactId, name])),
  };
}

interface FileCandidate extends Named {
  readonly key: string;
  readonly addresses: Row["addresses"];
}

/** For a check, which applies nothing: the contacts and addresses that earlier rows of the file would create. */
export async function findPlanned(
  tx: Transaction,
  importId: string,
  rows: readonly Row[],
): Promise<{ readonly byKey: Candidates["byKey"]; readonly made: ReadonlyMap<string, KnownContact> }> {
  const first = Math.min(...rows.map(({ row }) => row));
  const keys = [...new Set(rows.flatMap(({ addresses }) => addresses.map(({ key }) => key)))];
  const planned = await tx.$queryRaw<(FileCandidate & { readonly isMade: boolean })[]>`
    select k.key, r.contact_id as "contactId", coalesce(c.external_id, r.external_id) as "externalId",
      coalesce(c.name, r.name) as name, false as "isArchived", c.id is null as "isMade", r.addresses
    from unnest(${keys}::text[]) as k(key)
    cross join lateral (
      select row from import_keys
      where import_id = ${importId}::uuid and import_keys.key = k.key and row < ${first} order by row limit ${maxPerKey}
    ) s
    join import_rows r on r.import_id = ${importId}::uuid and r.row = s.row and r.contact_id is not null
      and r.outcome in ('create', 'update', 'unchanged')
    left join contacts c on c.id = r.contact_id`;
  const made = Map.groupBy(
    planned.filter(({ isMade }) => isMade),
    ({ contactId }) => contactId,
  );
  return {
    byKey: Map.groupBy(planned, ({ key }) => key),
    made: new Map([...made].map(([id, fileRows]) => [id, asIfMade(id, fileRows)])),
  };
}

function asIfMade(id: string, rows: readonly FileCandidate[]): KnownContact {
  const addresses = new Map(rows.flatMap((row) => row.addresses.map((address) => [address.key, address])));
  const made = [...addresses.values()].map(({ key, uri }) => {
    const state = { key, uri, status: "active" as const };
    const from = asserted(0);
    const step = { code: "applied" as const, eventId: null, rule: null, state, from, until: null };
    return { state, address: { id: key, seen: { key, uri, state: "active" as const }, lineage: [step] } };
  });
  const facts: ContactFacts = {
    id,
    archivedBy: null,
    addresses: made.map(({ address }) => address),
    assertions: made.map(({ state }) => ({ ...state, id: state.key, addressId: state.key, at: 0 })),
  };
  const labels = new Map([...addresses.values()].map(({ key, label }) => [key, label]));
  return { name: rows[0]?.name ?? "", facts, labels, isMissed: false };
}

export async function findKnown(
  tx: Transaction,
  contactIds: readonly string[],
  names: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, KnownContact>> {
  if (contactIds.length === 0) return new Map();
  const contacts = await gatherContacts(tx, contactIds);
  const labels = await tx.$queryRaw<{ id: string; label: string | null }[]>`
    select id, label from addresses where contact_id = any(${contactIds}::uuid[]) and label is not null`;
  const labelOf = new Map(labels.map(({ id, label }) => [id, label]));
  const missed = await findMissed(
    tx,
    contacts.filter(({ archivedBy }) => archivedBy === "person").map(({ id }) => id),
  );
  return new Map(
    contacts.map((facts) => {
      const isMissed = missed.has(facts.id);
      return [facts.id, { name: names.get(facts.id) ?? "", facts, labels: labelOf, isMissed }];
    }),
  );
}

/** Those of these archived contacts that were archived by an import, not by a person. */
async function findMissed(tx: Transaction, contactIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (contactIds.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select c.id from unnest(${contactIds}::uuid[]) as c(id) cross join lateral (
      select cause_kind from history h
      where h.contact_id = c.id and h.address_id is null order by h.sequence desc limit 1
    ) last where last.cause_kind = 'import'`;
  return new Set(rows.map(({ id }) => id));
}
