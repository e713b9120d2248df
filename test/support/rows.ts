import { randomUUID } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { matchKey, parseUri } from "../../src/sip/uri.ts";
import type { Database } from "../../src/store/client.ts";
import type { Prisma } from "../../src/store/generated/client.ts";
import type { TestBook } from "./book.ts";
import { moved } from "./call.ts";

// Rows as the worker and the commands write them. Tests of reads insert them directly.

export const moment = new Date("2026-11-22T10:00:00.000Z");
export const minutes = (n: number) => new Date(moment.getTime() + n * 60_000);

export function keyOf(uri: string): string {
  const parsed = parseUri(uri);
  const key = parsed && matchKey(parsed);
  if (!key) throw new Error(`${uri} has no key`);
  return key;
}

export async function insertContact(
  db: Database,
  book: TestBook,
  fields: Partial<Prisma.ContactUncheckedCreateInput> = {},
): Promise<string> {
  const { id } = await db.contact.create({
    data: { id: uuidv7(), bookId: book.id, name: "Alice", createdAt: moment, updatedAt: moment, ...fields },
  });
  return id;
}

export async function insertAddress(
  db: Database,
  book: TestBook,
  contactId: string,
  uri: string,
  fields: Partial<Prisma.AddressUncheckedCreateInput> = {},
): Promise<string> {
  const key = keyOf(uri);
  const { id } = await db.address.create({
    data: {
      id: uuidv7(),
      bookId: book.id,
      contactId,
      uri,
      key,
      status: "active",
      assertedUri: uri,
      assertedKey: key,
      assertedAt: moment,
      ...fields,
    },
  });
  await db.addressKey.create({ data: { bookId: book.id, key, addressId: id } });
  return id;
}

/** A pending 301 from sip:alice@old.example to sip:alice@new.example, a minute after `moment`. */
export async function insertEvent(
  db: Database,
  book: TestBook,
  fields: Partial<Prisma.EventUncheckedCreateInput> = {},
): Promise<string> {
  const { id } = await db.event.create({
    data: {
      id: uuidv7(),
      bookId: book.id,
      sourceId: book.sourceId,
      sourceEventId: randomUUID(),
      contentHash: "0".repeat(64),
      receivedAt: minutes(1),
      occurredAt: minutes(1),
      clockAdjusted: false,
      status: 301,
      answered: false,
      report: moved,
      raw: JSON.stringify(moved),
      key: keyOf(moved.requestUri),
      kind: "moved",
      rank: 2,
      tie: randomUUID(),
      targetKey: keyOf("sip:alice@new.example"),
      targetUri: "sip:alice@new.example",
      standing: "acts",
      ...fields,
    },
  });
  return id;
}

export async function insertChange(
  db: Database,
  book: TestBook,
  contactId: string,
  sequence: number,
  fields: Partial<Prisma.ChangeUncheckedCreateInput> = {},
): Promise<string> {
  const { id } = await db.change.create({
    data: {
      id: uuidv7(),
      bookId: book.id,
      sequence,
      at: minutes(sequence),
      contactId,
      kind: "asserted",
      afterUri: "sip:alice@old.example",
      afterKey: keyOf("sip:alice@old.example"),
      afterState: "active",
      causeKind: "person",
      ...fields,
    },
  });
  await db.$executeRaw`
    update books set last_sequence = greatest(last_sequence, ${sequence}) where id = ${book.id}::uuid`;
  return id;
}

/** One step in the history of an address, from `moment` on, with its own key. */
export async function insertLineage(
  db: Database,
  book: TestBook,
  addressId: string,
  uri: string,
  fields: Partial<Prisma.LineageUncheckedCreateInput> = {},
): Promise<void> {
  await db.lineage.create({
    data: {
      bookId: book.id,
      addressId,
      step: 0,
      code: "applied",
      key: keyOf(uri),
      uri,
      status: "active",
      fromAt: moment,
      fromRank: 9,
      fromTie: "",
      ...fields,
    },
  });
}
