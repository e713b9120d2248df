import fc from "fast-check";
import { expect, test } from "vitest";
import { verdictsOf } from "../../../src/store/events/outcomes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, pageOf } from "../../support/service.ts";
import { sharedService } from "../../support/shared.ts";
import { waitFor } from "../../support/wait.ts";
import { A, at, B, C, call, D, type EventBody } from "../fold/calls.ts";
import { checkInvariants } from "../fold/invariants.ts";

const service = await sharedService();

/** Actions of callers, one after another or at the same time. `pick` chooses among what exists by then. */
type Deed =
  | { readonly kind: "report"; readonly events: readonly EventBody[]; readonly again: boolean }
  | { readonly kind: "add"; readonly uris: readonly string[]; readonly minute: number }
  | {
      readonly kind: "edit";
      readonly pick: number;
      readonly uris: readonly string[];
      readonly insists: boolean;
    }
  | { readonly kind: "undo"; readonly pick: number; readonly force: boolean }
  | { readonly kind: "delete"; readonly pick: number };

const uri = fc.constantFrom(A, B, C, D);
const uris = fc.uniqueArray(uri, { minLength: 1, maxLength: 3 });
const minute = fc.integer({ min: -2, max: 12 });
const event: fc.Arbitrary<EventBody> = fc
  .record({
    uri,
    target: fc.oneof({ weight: 6, arbitrary: uri }, { weight: 1, arbitrary: fc.constant("sip:x@10.0.0.1") }),
    minute,
    status: fc.constantFrom(301, 301, 301, 410, 410, 200, 200, 486),
    callId: fc.constantFrom("c1", "c2", "c3", null),
  })
  .map((facts) => ({
    ...call(facts.status, facts.uri, facts.minute),
    contacts: facts.status === 301 ? [`<${facts.target}>`] : [],
    callId: facts.callId,
  }));
const pick = fc.nat({ max: 1000 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("report" as const),
      events: fc.array(event, { minLength: 1, maxLength: 6 }),
      again: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("add" as const), uris, minute: fc.integer({ min: 0, max: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("edit" as const), pick, uris, insists: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("undo" as const), pick, force: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), pick }) },
);
/** The actions of one group happen at the same time. */
const storm = fc.array(fc.array(deed, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 8 });

test("after any actions, the stored verdict of each event is the one that the book would give it now", () =>
  fc.assert(
    fc.asyncProperty(uris, storm, async (first, groups) => {
      const book = await service.makeBook();
      await book.addContact(...first);
      for (const group of groups) await Promise.all(group.map((one) => perform(book, one)));
      await waitFor(async () => expect(await pending(book)).toBe(0));
      await checkVerdicts(book);
      await checkInvariants(book);
    }),
    { numRuns: 20, endOnFailure: true },
  ));

async function perform(book: Book, one: Deed): Promise<void> {
  const { status } = await send(book, one);
  expect([200, 201, 202, 204, 409, 410]).toContain(status);
}

async function send(book: Book, one: Deed): Promise<{ readonly status: number }> {
  switch (one.kind) {
    case "report":
      if (one.again) await book.post("/v1/events", { body: one.events });
      return book.post("/v1/events", { body: one.events });
    case "add": {
      const addresses = one.uris.map((given) => ({ uri: given, assertedAt: at(one.minute) }));
      return book.post("/v1/contacts", { body: { name: "Alice", addresses } });
    }
    case "edit": {
      const id = await pickContact(book, one.pick);
      const addresses = one.uris.map((given) =>
        one.insists ? { uri: given, assertedAt: at(6) } : { uri: given },
      );
      return book.patch(`/v1/contacts/${id}`, { body: { addresses } });
    }
    case "undo": {
      const changes = await book.changes();
      const change = changes[one.pick % changes.length];
      return book.post(`/v1/history/${change?.id}/undo`, { body: { force: one.force } });
    }
    case "delete":
      return book.delete(`/v1/contacts/${await pickContact(book, one.pick)}`);
  }
}

async function pickContact(book: Book, choice: number): Promise<string | undefined> {
  const changes = await book.changes();
  return changes[choice % changes.length]?.contactId;
}

async function eventsOf(book: Book) {
  return bodyAs(pageOf("Event"), await book.get("/v1/events?limit=500")).items;
}

async function pending(book: Book): Promise<number> {
  return (await eventsOf(book)).filter(({ verdict }) => verdict === null).length;
}

async function checkVerdicts(book: Book): Promise<void> {
  const events = await eventsOf(book);
  const derived = await verdictsOf(
    service.db,
    events.map(({ id }) => id),
  );
  const stored = events.map(({ id, verdict }) => [id, `${verdict?.code}/${verdict?.rule}`]);
  const now = derived.map(({ eventId, code, rule }) => [eventId, `${code}/${rule}`]);
  expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(now));
}
