import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus, openService, type Service } from "../../support/service.ts";
import { A, answered, at, B, C, call, D, type EventBody, gone, moved } from "../fold/calls.ts";

let service: Service;
beforeAll(async () => {
  service = await openService(inject("databaseUrl"));
}, 30_000);
afterAll(() => service.close());

const ask = async (book: Book, uri: string) =>
  bodyAs(shapes.Resolution, expectStatus(200, await book.get(`/v1/resolve?uri=${encodeURIComponent(uri)}`)));

/** "moved to sip:b@pbx.example by 301 301, says book". */
async function resolve(book: Book, uri: string): Promise<string> {
  const { answer, current, hops, basis } = await ask(book, uri);
  const where = answer === "moved" ? ` to ${current}` : "";
  const by = hops.length === 0 ? "" : ` by ${hops.map(({ status }) => status).join(" ")}`;
  return `${answer}${where}${by}, says ${basis}`;
}

interface Story {
  /** Each is the addresses of one contact, asserted at minute 0. */
  readonly contacts?: readonly (readonly string[])[];
  readonly events?: readonly EventBody[];
  readonly person?: (book: Book, contactIds: readonly string[]) => Promise<unknown>;
  readonly after?: readonly EventBody[];
  /** What is answered of each address. */
  readonly says: Readonly<Record<string, string>>;
}

const put = (book: Book, id: string | undefined, addresses: readonly object[]) =>
  book.patch(`/v1/contacts/${id}`, { body: { addresses } });

const stories: Record<string, Story> = {
  "an address that stands in a contact": {
    contacts: [[A]],
    says: { [A]: "active, says book", [B]: "unknown, says none" },
  },
  "a 301: the old address leads to the new one": {
    contacts: [[A]],
    events: [moved(A, B, 1)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a chain of them, from wherever it is asked": {
    contacts: [[A]],
    events: [moved(A, B, 1), moved(B, C, 2), moved(C, D, 3)],
    says: {
      [A]: `moved to ${D} by 301 301 301, says book`,
      [C]: `moved to ${D} by 301, says book`,
      [D]: "active, says book",
    },
  },
  "a 410, and one at the end of a chain": {
    contacts: [[A]],
    events: [moved(A, B, 1), gone(B, 2)],
    says: { [A]: "gone by 301 410, says book", [B]: "gone by 410, says book" },
  },
  "a 410 that a later answered call heals": {
    contacts: [[A]],
    events: [moved(A, B, 1), gone(B, 2), answered(B, 3)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a loop is skipped": {
    contacts: [[A]],
    events: [moved(A, B, 1), moved(B, A, 2)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a late event changes where it went": {
    contacts: [[A]],
    events: [moved(A, B, 5)],
    after: [moved(A, C, 2)],
    // nobody stands on B any more, and nobody ever called it
    says: { [A]: `moved to ${C} by 301, says book`, [B]: "unknown, says none" },
  },
  "two addresses of a contact that merge": {
    contacts: [[A, B]],
    events: [moved(A, B, 1)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a gone address that another contact has since": {
    contacts: [[A]],
    events: [gone(A, 1)],
    person: (book) => book.post("/v1/contacts", { body: { name: "Bob", addresses: [{ uri: A }] } }),
    says: { [A]: "active, says book" },
  },
  "contacts that were led to different places: the latest word on the address": {
    contacts: [[A]],
    events: [moved(A, B, 1)],
    person: (book) =>
      book.post("/v1/contacts", { body: { name: "Bob", addresses: [{ uri: A, assertedAt: at(3) }] } }),
    after: [moved(A, C, 5)],
    says: { [A]: `moved to ${C} by 301, says book` },
  },
  "an address that a person removed: no evidence that it is dead": {
    contacts: [[A, B]],
    person: (book, [id]) => put(book, id, [{ uri: B }]),
    says: { [A]: "unknown, says none", [B]: "active, says book" },
  },
  "an address that a person removed and calls reach: they say so": {
    contacts: [[A, B]],
    events: [answered(A, 1)],
    person: (book, [id]) => put(book, id, [{ uri: B }]),
    says: { [A]: "active, says calls" },
  },
  "an address that moved, and whose new one a person removed: what calls taught of it stays": {
    contacts: [[A, D]],
    events: [moved(A, B, 1)],
    person: (book, [id]) => put(book, id, [{ uri: D }]),
    says: { [A]: `moved to ${B} by 301, says calls`, [B]: "unknown, says none" },
  },
  "a contact that a person archived says nothing by itself": {
    contacts: [[A]],
    person: (book, [id]) => book.delete(`/v1/contacts/${id}`),
    says: { [A]: "unknown, says none" },
  },
  "the addresses of an archived contact go on folding": {
    contacts: [[A], [C]],
    events: [],
    person: async (book, [a, c]) => {
      await book.delete(`/v1/contacts/${a}`);
      await book.delete(`/v1/contacts/${c}`);
    },
    after: [moved(A, B, 1), gone(C, 1)],
    says: { [A]: `moved to ${B} by 301, says book`, [C]: "gone by 410, says book" },
  },
  "a contact that was archived with its last address": {
    contacts: [[A]],
    events: [gone(A, 1)],
    says: { [A]: "gone by 410, says book" },
  },
  "an undo: the address stands again, and nothing is known of the other": {
    contacts: [[A]],
    events: [moved(A, B, 1)],
    person: async (book) => {
      const change = (await book.changes()).find(({ kind }) => kind === "rewritten");
      expectStatus(201, await book.post(`/v1/history/${change?.id}/undo`));
    },
    says: { [A]: "active, says book", [B]: "unknown, says none" },
  },
  "an undone move does not come back when the address is removed": {
    contacts: [[A, D]],
    events: [moved(A, B, 1)],
    person: async (book, [id]) => {
      const change = (await book.changes()).find(({ kind }) => kind === "rewritten");
      expectStatus(201, await book.post(`/v1/history/${change?.id}/undo`));
      expectStatus(200, await put(book, id, [{ uri: D }]));
    },
    says: { [A]: "unknown, says none" },
  },
  "an address that a person set to another": {
    contacts: [[A]],
    person: async (book, [id]) => {
      const [address] = bodyAs(shapes.Contact, await book.get(`/v1/contacts/${id}`)).addresses;
      expectStatus(200, await put(book, id, [{ id: address?.id, uri: B }]));
    },
    says: { [A]: "unknown, says none", [B]: "active, says book" },
  },
  "in no book: where calls were led": {
    events: [moved(A, B, 1), moved(B, C, 2), gone(D, 3)],
    says: {
      [A]: `moved to ${C} by 301 301, says calls`,
      [B]: `moved to ${C} by 301, says calls`,
      [C]: "unknown, says none",
      [D]: "gone by 410, says calls",
    },
  },
  "in no book: answered, gone, healed, and gone again": {
    events: [
      answered(A, 1),
      gone(B, 1),
      answered(B, 2),
      answered(C, 1),
      gone(C, 2),
      gone(C, 3),
      moved(D, B, 3),
    ],
    says: {
      [A]: "active, says calls",
      [B]: "active, says calls",
      [C]: "gone by 410, says calls",
      [D]: `moved to ${B} by 301, says calls`,
    },
  },
  "in no book: busy, not found and no answer say nothing": {
    events: [call(486, A, 1), call(404, A, 2), call(302, A, 3, { contacts: [`<${B}>`] })],
    says: { [A]: "unknown, says none" },
  },
  "in no book: loops, and what is held": {
    events: [
      moved(A, B, 1),
      moved(B, A, 2),
      moved(C, D, 1, { diversion: ["<sip:x@pbx.example>;reason=unconditional"] }),
    ],
    says: {
      [A]: `moved to ${B} by 301, says calls`,
      [B]: `moved to ${A} by 301, says calls`,
      [C]: "unknown, says none",
    },
  },
};

describe.concurrent("resolve", () => {
  test.for(Object.entries(stories))(
    "%s",
    async ([, { contacts = [], events = [], person, after = [], says }]) => {
      const book = await service.makeBook();
      const ids: string[] = [];
      for (const uris of contacts) ids.push((await book.addContact(...uris)).id);
      if (events.length > 0) await book.report(...events);
      await person?.(book, ids);
      if (after.length > 0) await book.report(...after);
      const answers = await Promise.all(
        Object.keys(says).map(async (uri) => [uri, await resolve(book, uri)] as const),
      );
      expect(Object.fromEntries(answers)).toEqual(says);
    },
  );
});
