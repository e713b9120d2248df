import fc from "fast-check";
import { afterAll, expect, inject, test } from "vitest";
import { toNewEvent } from "../../../src/receive/intake/event-input.ts";
import { matchKey } from "../../../src/sip/uri.ts";
import { createContact } from "../../../src/store/contacts/commands.ts";
import { storeEvents } from "../../../src/store/events/inbox.ts";
import { applyBatch } from "../../../src/store/fold/apply.ts";
import { resolveAddresses } from "../../../src/store/resolve/resolve.ts";
import { makeBook } from "../../support/book.ts";
import { openTestDatabase } from "../../support/processes/postgres.ts";
import { reportOf, uriOf, worlds } from "../../support/world.ts";

const db = openTestDatabase(inject("databaseUrl"), 4);
afterAll(() => db.close());

const beginningOfTime = Date.parse("0001-01-01T00:00:00.000Z");

// The book folds over every event. For an address in no book, only the deciding events are read. Both must agree.
test("an address in no book resolves as if it had been in the book from the beginning", () =>
  fc.assert(
    fc.asyncProperty(worlds, async ({ events }) => {
      const book = await makeBook(db);
      const source = { id: book.sourceId, bookId: book.id, name: "default", mode: "immediate" as const };
      const start = Date.now() - 3_600_000;
      const stored = await storeEvents(
        db,
        events.map((event) => toNewEvent(reportOf(event, start), source)),
      );
      await applyBatch(
        db,
        book.id,
        stored.map(({ id }) => id),
      );
      const uri = uriOf("a");
      const asked = [{ uri, key: matchKey(uri) ?? "" }];
      const [byCalls] = await resolveAddresses(db, book.id, asked);
      const given = { ...asked[0], id: null, uri, key: matchKey(uri) ?? "", label: null };
      const addresses = [{ ...given, assertedAt: beginningOfTime }];
      await createContact(db, book.id, { name: "Alice", addresses }, "test");
      const [byBook] = await resolveAddresses(db, book.id, asked);
      // The book adds that a contact has the address, which no call can say.
      const expected = byCalls?.answer === "unknown" ? { answer: "active", current: uri, hops: [] } : byCalls;
      const { answer, current, hops } = byBook ?? {};
      expect({ answer, current, hops }).toEqual({
        answer: expected?.answer,
        current: expected?.current,
        hops: expected?.hops,
      });
    }),
    { numRuns: Number(process.env["LAW_RUNS"] ?? 30) },
  ));
