import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { chance } from "../../support/chance.ts";
import { type Book, type ChangeBody, expectStatus } from "../../support/service.ts";
import { sharedService } from "../../support/shared.ts";
import { openStream, type Stream } from "../../support/stream.ts";
import { answered, gone, moved } from "../fold/calls.ts";

const service = await sharedService();
const origin = await service.origin();

const books = 2;
const readersPerBook = 2;
const rounds = 5;

test("readers that reconnect during many writes get every change once and in order", async () => {
  await Promise.all(
    Array.from({ length: books }, async (_, n) => {
      const book = await service.makeBook();
      const writing = Promise.all([reportCalls(book), reportCalls(book), editContacts(book)]);
      const done = new AbortController();
      const reading = Array.from({ length: readersPerBook }, (_each, reader) =>
        follow(book, 10 * n + reader, done.signal),
      );
      await writing.finally(() => done.abort());
      const changes = await book.changes();
      expect(changes.length).toBeGreaterThan(rounds * 4);
      for (const seen of await Promise.all(reading)) expect(seen).toEqual(changes);
    }),
  );
});

let people = 0;

/** Calls that move a person, then get a 410, then an answer. */
async function reportCalls(book: Book): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const [home, away] = [`sip:p${++people}@old.example`, `sip:p${people}@new.example`];
    await book.addContact(home);
    await book.report(moved(home, away, 1), gone(away, 2));
    await book.report(answered(away, 3));
  }
}

async function editContacts(book: Book): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const { id } = await book.addContact(`sip:q${++people}@old.example`);
    const body = { addresses: [{ uri: `sip:q${people}@new.example` }] };
    expectStatus(200, await book.patch(`/v1/contacts/${id}`, { body }));
  }
}

/** Reads some changes, disconnects, and resumes after the last whole event, until all changes are read. */
async function follow(book: Book, seed: number, written: AbortSignal): Promise<readonly ChangeBody[]> {
  const random = chance(seed);
  const seen: ChangeBody[] = [];
  for (let isLast = false; !isLast; ) {
    isLast = written.aborted;
    const headers = { "last-event-id": `${seen.length}` };
    const stream = await openStream(origin, { key: book.key, headers });
    if (isLast) await waitForEnd(book, () => stream.changes.at(-1)?.sequence ?? seen.length);
    else await waitForSome(stream, random.below(8), written);
    stream.cut();
    await stream.ended;
    seen.push(...stream.changes);
  }
  return seen;
}

async function waitForSome({ changes }: Stream, count: number, written: AbortSignal): Promise<void> {
  while (changes.length < count && !written.aborted) await sleep(5);
}

async function waitForEnd(book: Book, position: () => number): Promise<void> {
  const end = (await book.changes()).length;
  while (position() < end) await sleep(10);
}
