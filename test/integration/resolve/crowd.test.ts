import { v7 as uuidv7 } from "uuid";
import { afterAll, expect, inject, test } from "vitest";
import type { AddressStatus } from "../../../src/store/generated/enums.ts";
import { resolveAddresses } from "../../../src/store/resolve/resolve.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { openTestDatabase } from "../../support/processes/postgres.ts";
import { keyOf, moment } from "../../support/rows.ts";

const db = openTestDatabase(inject("databaseUrl"));
afterAll(() => db.close());

const uri = "sip:reception@pbx.example";
const key = keyOf(uri);

/** Creates a contact for each of these, with only the switchboard's address. Returns their ids, oldest first. */
async function insertCrowd(book: TestBook, statuses: readonly AddressStatus[]): Promise<readonly string[]> {
  const rows = statuses.map((status) => ({ contactId: uuidv7(), id: uuidv7(), status }));
  const bookId = book.id;
  const stamps = { createdAt: moment, updatedAt: moment };
  await db.contact.createMany({
    data: rows.map(({ contactId }) => ({ id: contactId, bookId, name: "Alice", ...stamps })),
  });
  const asserted = { assertedUri: uri, assertedKey: key, assertedAt: moment };
  await db.address.createMany({
    data: rows.map(({ id, contactId, status }) => ({ id, bookId, contactId, uri, key, status, ...asserted })),
  });
  await db.lineage.createMany({
    data: rows.map(({ id, status }) => ({
      bookId,
      addressId: id,
      step: 0,
      code: "applied" as const,
      key,
      uri,
      status,
      fromAt: moment,
      fromRank: 9,
      fromTie: "",
    })),
  });
  await db.addressKey.createMany({ data: rows.map(({ id }) => ({ bookId, key, addressId: id })) });
  return rows.map(({ contactId }) => contactId);
}

test("a switchboard number resolves to its first contacts and says that there are more", async () => {
  const book = await makeBook(db);
  const ids = await insertCrowd(book, Array<AddressStatus>(21).fill("active"));
  const [answer] = await resolveAddresses(db, book.id, [{ key, uri }]);
  expect(answer).toMatchObject({ answer: "active", contacts: ids.slice(0, 20), moreContacts: true });
});

test("twenty contacts are all listed", async () => {
  const book = await makeBook(db);
  const ids = await insertCrowd(book, Array<AddressStatus>(20).fill("active"));
  const [answer] = await resolveAddresses(db, book.id, [{ key, uri }]);
  expect(answer).toMatchObject({ contacts: ids, moreContacts: false });
});

test("the contact that has the address now is found behind a hundred that had it", async () => {
  const book = await makeBook(db);
  const ids = await insertCrowd(book, [...Array<AddressStatus>(104).fill("removed"), "active", "gone"]);
  const [answer] = await resolveAddresses(db, book.id, [{ key, uri }]);
  expect(answer).toMatchObject({ answer: "active", current: uri, moreContacts: true });
  expect(answer?.contacts[0]).toBe(ids[104]);
});
