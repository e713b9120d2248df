import { afterAll, expect, inject, test } from "vitest";
import { resolveAddresses } from "../../../src/store/resolve/resolve.ts";
import { makeBook } from "../../support/book.ts";
import { openTestDatabase } from "../../support/processes/postgres.ts";
import { insertEvent, keyOf, minutes } from "../../support/rows.ts";

const db = openTestDatabase(inject("databaseUrl"), 2, 60_000);
afterAll(() => db.close());

const uri = "sip:alice@old.example";
const key = keyOf(uri);

/** A 301 to "z", then `others` more to other targets, whose names sort before "z". */
async function insertMoves(bookId: string, id: string, others: number): Promise<void> {
  await db.event.update({
    where: { id },
    data: {
      verdict: "unmatched",
      rule: "no-contact",
      decidedAt: minutes(2),
      targetKey: keyOf("sip:z@pbx.example"),
      targetUri: "sip:z@pbx.example",
    },
  });
  await db.$executeRaw`
    insert into events select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(),
      'source_event_id', n, 'tie', n, 'occurred_at', e.occurred_at + n * interval '1 second',
      'target_key', 'k1|sip:a' || n % 150 || '@pbx.example', 'target_uri', 'sip:a' || n % 150 || '@pbx.example'))).*
    from events e, generate_series(1, ${others}::int) as n where e.id = ${id}::uuid and e.book_id = ${bookId}::uuid`;
}

test("the first of 1,500 moves of a number counts, whatever the name of its target", async () => {
  const book = await makeBook(db);
  await insertMoves(book.id, await insertEvent(db, book), 1_500);
  const [answer] = await resolveAddresses(db, book.id, [{ key, uri }]);
  expect(answer).toMatchObject({ answer: "moved", current: "sip:z@pbx.example", basis: "calls" });
});
