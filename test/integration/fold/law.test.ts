import fc from "fast-check";
import { afterAll, expect, inject, test } from "vitest";
import { type FoldEvent, fold } from "../../../src/domain/fold/fold.ts";
import { toLineage } from "../../../src/domain/fold/lineage.ts";
import { comparePositions } from "../../../src/domain/fold/position.ts";
import { hiddenBehind } from "../../../src/domain/fold/shown.ts";
import { toNewEvent } from "../../../src/receive/intake/event-input.ts";
import { matchKey } from "../../../src/sip/uri.ts";
import type { Database } from "../../../src/store/client.ts";
import { createContact, editContact } from "../../../src/store/contacts/commands.ts";
import { undoChange } from "../../../src/store/contacts/undo.ts";
import { storeEvents } from "../../../src/store/events/inbox.ts";
import { verdictsOf } from "../../../src/store/events/outcomes.ts";
import { applyBatch } from "../../../src/store/fold/apply.ts";
import { gather } from "../../../src/store/fold/gather.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { type Chance, chance } from "../../support/chance.ts";
import { openTestDatabase } from "../../support/processes/postgres.ts";
import { reportOf, timeOf, uriOf, type World, type WorldEvent, worlds } from "../../support/world.ts";

// Two workers, each with its own connections.
const workers = [1, 2].map(() => openTestDatabase(inject("databaseUrl"), 4));
const [db] = workers as [Database];
afterAll(() => Promise.all(workers.map((worker) => worker.$disconnect())));

const numRuns = Number(process.env["LAW_RUNS"] ?? 20);
const startOfWorld = () => Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

test("two workers make the same book from events in any order, with duplicates and in any batches", () =>
  fc.assert(
    fc.asyncProperty(worlds, fc.nat(), async (world, seed) => {
      const random = chance(seed);
      const start = startOfWorld();
      const [inOrder, shuffled] = [await makeWorld(world, start), await makeWorld(world, start)];
      await deliver(
        inOrder,
        [...world.events].toSorted((a, b) => a.at - b.at),
        start,
        random,
      );
      await deliver(shuffled, random.shuffle([...world.events, ...world.events.slice(0, 5)]), start, random);
      const [expected, found] = [await readBook(inOrder), await readBook(shuffled)];
      expect(found.contacts).toEqual(expected.contacts);
      // Whether an event was applied at some time depends on the order, so it is not compared.
      const isPast = (i: number) =>
        [expected, found].some(({ verdicts }) => verdicts[i]?.[2] === "superseded");
      expect(found.verdicts.filter((_, i) => !isPast(i))).toEqual(
        expected.verdicts.filter((_, i) => !isPast(i)),
      );
    }),
    { numRuns },
  ));

test("the book is the fold of its facts, with edits, removals and undos between them", () =>
  fc.assert(
    fc.asyncProperty(worlds, fc.nat(), async (world, seed) => {
      const random = chance(seed);
      const start = startOfWorld();
      const book = await makeWorld(world, start);
      const events = random.shuffle(world.events);
      const cut = random.below(events.length + 1);
      await deliver(book, events.slice(0, cut), start, random);
      await Promise.all([actAsPerson(book), deliver(book, events.slice(cut), start, random)]);
      // These happen after the person's edits.
      await deliver(
        book,
        world.events.map((event) => ({ ...event, id: `late-${event.id}`, at: event.at + 3660 })),
        start,
        random,
      );
      await expectFoldOfFacts(book);
      await expectHistoryToLeadToTheBook(book);
    }),
    { numRuns },
  ));

test("a second delivery of a batch changes nothing", () =>
  fc.assert(
    fc.asyncProperty(worlds, fc.nat(), async (world, seed) => {
      const random = chance(seed);
      const start = startOfWorld();
      const book = await makeWorld(world, start);
      const ids = await deliver(book, world.events, start, random);
      const before = await db.change.findMany({ where: { bookId: book.id } });
      expect(await applyBatch(db, book.id, ids)).toMatchObject({ decided: [], changes: 0 });
      expect(await db.change.findMany({ where: { bookId: book.id } })).toEqual(before);
    }),
    { numRuns: 3 },
  ));

async function makeWorld(world: World, start: number): Promise<TestBook> {
  const book = await makeBook(db);
  for (const [i, addresses] of world.contacts.entries()) {
    const given = addresses.map((name) => ({
      id: null,
      uri: uriOf(name),
      key: matchKey(uriOf(name)) ?? "",
      label: null,
      assertedAt: timeOf(start, i).getTime(),
    }));
    await createContact(db, book.id, { name: `Contact ${i}`, addresses: given }, "test");
  }
  return book;
}

/** Stores and applies events in batches of 1 to 4, two at a time, in two workers. */
async function deliver(
  book: TestBook,
  events: readonly WorldEvent[],
  start: number,
  random: Chance,
): Promise<readonly string[]> {
  const source = { id: book.sourceId, bookId: book.id, name: "default", mode: "immediate" as const };
  const batches: WorldEvent[][] = [];
  for (let rest = [...events]; rest.length > 0; ) batches.push(rest.splice(0, 1 + random.below(4)));
  const ids: string[] = [];
  for (let i = 0; i < batches.length; i += 2) {
    await Promise.all(
      batches.slice(i, i + 2).map(async (batch, worker) => {
        const news = batch.map((event) => toNewEvent(reportOf(event, start), source));
        const stored = (await storeEvents(db, news)).map(({ id }) => id);
        ids.push(...stored);
        await applyBatch(workers[worker] ?? db, book.id, stored);
      }),
    );
  }
  return ids;
}

/** Edits an address of each contact, removes another by leaving it out, and undoes a change of an event. */
async function actAsPerson(book: TestBook): Promise<void> {
  const contacts = await db.contact.findMany({ where: { bookId: book.id }, include: { addresses: true } });
  for (const contact of contacts) {
    const [first, ...others] = contact.addresses.filter(
      ({ status, mergedInto }) => status === "active" && mergedInto === null,
    );
    if (first === undefined) continue;
    const uri = uriOf("e");
    const edited = { id: first.id, uri, key: matchKey(uri) ?? "", label: null, assertedAt: null };
    const kept = others
      .slice(1)
      .map(({ id, uri: its, key }) => ({ id, uri: its, key, label: null, assertedAt: null }));
    const addresses = [edited, ...kept].filter(
      ({ key }, i, all) => all.findIndex((each) => each.key === key) === i,
    );
    const options = { versions: null, archivedToo: true, actor: "test" };
    await editContact(db, book.id, { id: contact.id }, { edit: { addresses }, options });
  }
  const [change] = await db.change.findMany({ where: { bookId: book.id, causeKind: "event" }, take: 1 });
  if (change !== undefined) await undoChange(db, book.id, change.id, { force: true, actor: "test" });
}

/** What readers see, without ids and times of writing. */
async function readBook(book: TestBook) {
  const contacts = await db.contact.findMany({
    where: { bookId: book.id },
    include: { addresses: { orderBy: { id: "asc" } } },
    orderBy: { name: "asc" },
  });
  const events = await db.event.findMany({ where: { bookId: book.id }, orderBy: { sourceEventId: "asc" } });
  return {
    contacts: contacts.map(({ name, archivedBy, addresses }) => ({
      name,
      archivedBy,
      addresses: addresses.map(({ uri, status, mergedInto }) => ({
        uri,
        status,
        hidden: mergedInto !== null,
      })),
    })),
    verdicts: events.map(({ sourceEventId, verdict, rule }) => [sourceEventId, verdict, rule]),
  };
}

async function expectFoldOfFacts(book: TestBook): Promise<void> {
  const contacts = await db.contact.findMany({ where: { bookId: book.id }, orderBy: { id: "asc" } });
  const ids = contacts.map(({ id }) => id);
  const situation = await gather(db, book.id, ids);
  const events = await readFoldEvents(book);
  for (const contact of situation.contacts) {
    const expected = contact.addresses.map(({ id }) => {
      const base = contact.assertions.findLast(({ addressId }) => addressId === id);
      if (base === undefined) throw new Error(`Address ${id} has no assertion`);
      const rows = toLineage(fold(base, { events, assertions: contact.assertions }));
      const state = rows.findLast(({ code }) => code === "applied")?.state ?? base;
      return { id, rows, state };
    });
    const hidden = hiddenBehind(expected);
    expect(contact.addresses.map(({ lineage }) => lineage)).toEqual(expected.map(({ rows }) => rows));
    const stored = await db.address.findMany({ where: { contactId: contact.id }, orderBy: { id: "asc" } });
    expect(stored.map(({ uri, key, status, mergedInto }) => ({ uri, key, status, mergedInto }))).toEqual(
      expected.map(({ id, state: { uri, key, status } }) => ({
        uri,
        key,
        status,
        mergedInto: hidden.get(id) ?? null,
      })),
    );
  }
  const rows = await db.event.findMany({ where: { bookId: book.id }, orderBy: { id: "asc" } });
  const derived = await verdictsOf(
    db,
    rows.map(({ id }) => id),
  );
  expect(rows.map(({ id, verdict, rule }) => ({ eventId: id, code: verdict, rule }))).toEqual(
    [...derived].toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1)),
  );
}

/** All events that may act, by key and in order, not only those that a batch reads. */
async function readFoldEvents(book: TestBook): Promise<ReadonlyMap<string, readonly FoldEvent[]>> {
  const rows = await db.event.findMany({ where: { bookId: book.id, NOT: { standing: "recorded" } } });
  const events = rows.flatMap((row): readonly FoldEvent[] => {
    const { id, key, kind, targetKey, targetUri } = row;
    if (key === null || kind === null) return [];
    const position = { at: row.occurredAt.getTime(), rank: row.rank, tie: row.tie };
    const target = targetKey === null || targetUri === null ? null : { key: targetKey, uri: targetUri };
    return [{ id, key, kind, target, position, receivedAt: row.receivedAt.getTime(), hold: null }];
  });
  return Map.groupBy(
    events.toSorted((a, b) => comparePositions(a.position, b.position)),
    ({ key }) => key,
  );
}

/** The book, replayed from the feed. Each row must start where the one before it ended. */
async function expectHistoryToLeadToTheBook(book: TestBook): Promise<void> {
  const changes = await db.change.findMany({ where: { bookId: book.id }, orderBy: { sequence: "asc" } });
  expect(changes.map(({ sequence }) => Number(sequence))).toEqual(changes.map((_, i) => i + 1));
  const seen = new Map<string, string>();
  for (const { addressId, beforeUri, beforeState, afterUri, afterState } of changes) {
    if (addressId === null) continue;
    expect(shownAs(beforeUri, beforeState)).toEqual(seen.get(addressId) ?? "not shown");
    seen.set(addressId, shownAs(afterUri, afterState));
  }
  const addresses = await db.address.findMany({ where: { bookId: book.id } });
  for (const { id, uri, status, mergedInto } of addresses) {
    expect(seen.get(id) ?? "not shown").toEqual(shownAs(uri, mergedInto === null ? status : "merged"));
  }
}

const shownAs = (uri: string | null, state: string | null): string =>
  state === "active" || state === "gone" ? `${uri} ${state}` : "not shown";
