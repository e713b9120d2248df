import { v7 as uuidv7 } from "uuid";
import type { ContactFacts } from "../../domain/changes/plan.ts";
import type { AddressStatus, Assertion } from "../../domain/fold/fold.ts";
import type { LockedBook } from "../book.ts";
import type { Transaction } from "../client.ts";
import type { Address } from "../generated/client.ts";

/** `at` null: now, and after all earlier assertions of the contact. */
export interface NewAssertion {
  readonly addressId: string;
  readonly key: string;
  readonly uri: string;
  readonly status: AddressStatus;
  readonly at: number | null;
}

/** New addresses and assertions of a contact. */
export interface ContactAdditions {
  readonly contact: ContactFacts;
  readonly addresses: readonly Pick<Address, "id" | "key" | "uri" | "label">[];
  readonly assertions: readonly Assertion[];
}

/** Gives new assertions of a contact ids and times. Now is always later than its earlier assertions. */
export function makeAssertions(
  book: LockedBook,
  contact: Pick<ContactFacts, "assertions">,
  made: readonly NewAssertion[],
): readonly Assertion[] {
  const latest = contact.assertions.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const now = Math.max(book.now.getTime(), latest + 1);
  return made.map((assertion) => ({ ...assertion, id: uuidv7(), at: assertion.at ?? now }));
}

/** The contact with its additions, before its addresses are folded again. */
export function withAdditions({ contact, addresses, assertions }: ContactAdditions): ContactFacts {
  if (addresses.length === 0 && assertions.length === 0) return contact;
  return {
    ...contact,
    addresses: [...contact.addresses, ...addresses.map(({ id }) => ({ id, seen: null, lineage: [] }))],
    assertions: [...contact.assertions, ...assertions].toSorted(
      (a, b) => a.at - b.at || (a.id < b.id ? -1 : 1),
    ),
  };
}

/** One statement per table. The refold that follows writes the state of new addresses. */
export async function insertAdditions(
  tx: Transaction,
  book: LockedBook,
  additions: readonly ContactAdditions[],
  madeBy: "person" | "import" | "undo",
): Promise<void> {
  await insertAddresses(tx, book, additions);
  const rows = additions.flatMap(({ contact, assertions }) =>
    assertions.map(({ id, addressId, key, uri, status, at }) => ({
      id,
      contact_id: contact.id,
      address_id: addressId,
      key,
      uri,
      status,
      at: new Date(at),
    })),
  );
  if (rows.length === 0) return;
  await tx.$executeRaw`
    insert into assertions (book_id, made_by, id, contact_id, address_id, key, uri, status, at)
    select ${book.id}::uuid, ${madeBy}::assertion_maker, r.*
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, contact_id uuid, address_id uuid,
      key text, uri text, status address_status, at timestamptz(3))`;
}

async function insertAddresses(
  tx: Transaction,
  book: LockedBook,
  additions: readonly ContactAdditions[],
): Promise<void> {
  const rows = additions.flatMap(({ contact, addresses, assertions }) => {
    const times = new Map(assertions.map(({ addressId, at }) => [addressId, new Date(at)]));
    return addresses.map(({ id, key, uri, label }) => ({
      id,
      contact_id: contact.id,
      label,
      uri,
      key,
      at: times.get(id) ?? book.now,
    }));
  });
  if (rows.length === 0) return;
  await tx.$executeRaw`
    insert into addresses (book_id, id, contact_id, label, uri, key, status, asserted_uri, asserted_key, asserted_at)
    select ${book.id}::uuid, r.id, r.contact_id, r.label, r.uri, r.key, 'active', r.uri, r.key, r.at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, contact_id uuid, label text, uri text,
      key text, at timestamptz(3))`;
}
