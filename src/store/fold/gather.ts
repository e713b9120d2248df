import type { ContactFacts } from "../../domain/changes/plan.ts";
import type { Assertion, FoldEvent } from "../../domain/fold/fold.ts";
import type { LineageRow } from "../../domain/fold/lineage.ts";
import { seenAs } from "../../domain/fold/shown.ts";
import type { Database, Transaction } from "../client.ts";
import type { Address, Lineage } from "../generated/client.ts";
import { findFoldEvents } from "./fold-events.ts";

/** The input of the folds of these contacts. */
interface Situation {
  readonly contacts: readonly ContactFacts[];
  readonly events: ReadonlyMap<string, readonly FoldEvent[]>;
}

type FoldAddressRow = Pick<Address, "id" | "contactId" | "key" | "uri" | "status" | "mergedInto">;
type AssertionRow = Omit<Assertion, "at"> & { readonly contactId: string; readonly at: Date };

type LineageRecord = Readonly<Omit<Lineage, "bookId" | "step" | "rule">> & Pick<LineageRow, "rule">;

/** Reads the contacts that are not in `known`, and the events that the folds can meet. */
export async function gather(
  tx: Transaction,
  bookId: string,
  contactIds: readonly string[],
  known: readonly ContactFacts[] = [],
): Promise<Situation> {
  const knownIds = new Set(known.map(({ id }) => id));
  const unknownIds = contactIds.filter((id) => !knownIds.has(id));
  const contacts = [...known, ...(await gatherContacts(tx, unknownIds))];
  const bases = contacts.flatMap(({ assertions }) => latestOfEachAddress(assertions));
  return { contacts, events: await findFoldEvents(tx, bookId, bases) };
}

/** Reads contacts with their addresses, assertions and lineage, by id. */
export async function gatherContacts(
  tx: Database | Transaction,
  contactIds: readonly string[],
): Promise<readonly ContactFacts[]> {
  if (contactIds.length === 0) return [];
  const contacts = await tx.$queryRaw<Pick<ContactFacts, "id" | "archivedBy">[]>`
    select id, archived_by as "archivedBy" from contacts where id = any(${contactIds}::uuid[]) order by id`;
  const addresses = await tx.$queryRaw<FoldAddressRow[]>`
    select id, contact_id as "contactId", key, uri, status, merged_into as "mergedInto"
    from addresses where contact_id = any(${contactIds}::uuid[]) order by id`;
  const assertions = (
    await tx.$queryRaw<AssertionRow[]>`
      select id, contact_id as "contactId", address_id as "addressId", key, uri, status, at
      from assertions where contact_id = any(${contactIds}::uuid[]) order by at, id`
  ).map((row) => ({ ...row, at: row.at.getTime() }));
  const lineage = await tx.$queryRaw<LineageRecord[]>`
    select address_id as "addressId", code, event_id as "eventId", rule, key, uri, status, from_at as "fromAt",
      from_rank as "fromRank", from_tie as "fromTie", until_at as "untilAt", until_rank as "untilRank",
      until_tie as "untilTie"
    from lineage where address_id = any(${addresses.map(({ id }) => id)}::uuid[]) order by address_id, step`;
  const rowsByAddress = Map.groupBy(lineage, ({ addressId }) => addressId);
  const addressesByContact = Map.groupBy(addresses, ({ contactId }) => contactId);
  const assertionsByContact = Map.groupBy(assertions, ({ contactId }) => contactId);
  return contacts.map((contact) => ({
    ...contact,
    assertions: assertionsByContact.get(contact.id) ?? [],
    addresses: (addressesByContact.get(contact.id) ?? []).map((address) => {
      const rows = (rowsByAddress.get(address.id) ?? []).map(toLineageRow);
      return { id: address.id, lineage: rows, seen: rows.length === 0 ? null : seenOf(address) };
    }),
  }));
}

/** A new address has no lineage yet, and readers have not seen it. */
const seenOf = (address: FoldAddressRow) => seenAs(address, address.mergedInto !== null);

/** The assertions come in order, so the last one of an address is its base. */
function latestOfEachAddress(assertions: readonly Assertion[]): readonly Assertion[] {
  return [...new Map(assertions.map((assertion) => [assertion.addressId, assertion])).values()];
}

function toLineageRow(row: LineageRecord): LineageRow {
  const { code, eventId, rule, key, uri, status } = row;
  const from = { at: row.fromAt.getTime(), rank: row.fromRank, tie: row.fromTie };
  const isOpen = row.untilAt === null || row.untilRank === null || row.untilTie === null;
  const until = isOpen ? null : { at: row.untilAt.getTime(), rank: row.untilRank, tie: row.untilTie };
  return { code, eventId, rule, state: { key, uri, status }, from, until };
}

export async function gatherOne(tx: Transaction, contactId: string): Promise<ContactFacts> {
  const [contact] = await gatherContacts(tx, [contactId]);
  if (contact === undefined) throw new Error(`Contact ${contactId} not found`);
  return contact;
}
