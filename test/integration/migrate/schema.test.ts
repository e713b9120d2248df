import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createContact } from "../../../src/store/contacts/commands.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { openTestDatabase } from "../../support/processes/postgres.ts";

const db = openTestDatabase(inject("databaseUrl"));
let book: TestBook;

beforeAll(async () => {
  book = await makeBook(db);
  const addresses = ["a", "b"].map((name) => ({
    id: null,
    uri: `sip:${name}@schema.example`,
    key: `k1|sip:${name}@schema.example`,
    label: null,
    assertedAt: null,
  }));
  await createContact(db, book.id, { name: "Ada", externalId: "crm-1", addresses }, "test");
});
afterAll(() => db.close());

// PostgreSQL itself refuses …, whatever program asks
const refused: [string, (id: string) => string, RegExp][] = [
  ["to rewrite history", (id) => `update history set actor = 'x' where book_id = '${id}'`, /append-only/],
  ["to delete history", (id) => `delete from history where book_id = '${id}'`, /append-only/],
  ["to empty history", () => "truncate history cascade", /append-only/],
  [
    "to rewrite an assertion",
    (id) => `update assertions set at = now() where book_id = '${id}'`,
    /append-only/,
  ],
  ["to delete an assertion", (id) => `delete from assertions where book_id = '${id}'`, /append-only/],
  [
    "a duplicate visible key in a contact",
    (id) => `update addresses set key = 'k1|sip:a@schema.example' where book_id = '${id}'`,
    /addresses_shown_once/,
  ],
  [
    "an address that is merged into itself",
    (id) => `update addresses set merged_into = id where book_id = '${id}'`,
    /addresses_not_merged_into_itself/,
  ],
  [
    "a duplicate external id in a book",
    (id) =>
      `insert into contacts (id, book_id, name, external_id, created_at, updated_at)
       values ('${randomUUID()}', '${id}', 'Bob', 'crm-1', now(), now())`,
    /contacts_book_external_id/,
  ],
  [
    "an archived contact without an author of the archiving",
    (id) => `update contacts set archived_at = now() where book_id = '${id}'`,
    /contacts_archived_by_someone/,
  ],
  ["a contact without its book", (id) => `delete from books where id = '${id}'`, /foreign key/],
  [
    "two changes with the same sequence number",
    (id) =>
      `insert into history (id, book_id, sequence, at, contact_id, kind, cause_kind)
       select '${randomUUID()}', book_id, sequence, at, contact_id, kind, cause_kind
       from history where book_id = '${id}' limit 1`,
    /history_sequence/,
  ],
  [
    "an ingest key without a source",
    (id) =>
      `insert into keys (id, book_id, name, scopes, hash)
       values ('${randomUUID()}', '${id}', 'x', '{ingest}', repeat('0', 64))`,
    /keys_ingest_names_a_source/,
  ],
  [
    "a source with an invalid name",
    (id) =>
      `insert into sources (id, book_id, name, dialect) values ('${randomUUID()}', '${id}', 'a b', 'default')`,
    /sources_name_form/,
  ],
];

test.for(refused)("PostgreSQL refuses %s", async ([, statement, reason]) => {
  await expect(db.$executeRawUnsafe(statement(book.id))).rejects.toThrow(reason);
});

test("two addresses of a contact may swap their keys in one statement", async () => {
  await db.$executeRawUnsafe(`
    update addresses set key = case when key like '%:a@%' then 'k1|sip:b@schema.example' else 'k1|sip:a@schema.example' end
    where book_id = '${book.id}'`);
  const keys = await db.address.findMany({ where: { bookId: book.id }, orderBy: { id: "asc" } });
  expect(keys.map(({ key }) => key)).toEqual(["k1|sip:b@schema.example", "k1|sip:a@schema.example"]);
});
