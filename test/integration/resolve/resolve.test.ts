import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, answered, at, B, C, call, D, type EventBody, gone, moved } from "../fold/calls.ts";

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
  /** The addresses of each contact, asserted at minute 0. */
  readonly contacts?: readonly (readonly string[])[];
  readonly events?: readonly EventBody[];
  readonly person?: (book: Book, contactIds: readonly string[]) => Promise<unknown>;
  readonly after?: readonly EventBody[];
  /** The expected result for each address. */
  readonly says: Readonly<Record<string, string>>;
}

const put = (book: Book, id: string | undefined, addresses: readonly object[]) =>
  book.patch(`/v1/contacts/${id}`, { body: { addresses } });

const stories: Record<string, Story> = {
  "an address of a contact is active": {
    contacts: [[A]],
    says: { [A]: "active, says book", [B]: "unknown, says none" },
  },
  "a 301 leads from the old address to the new one": {
    contacts: [[A]],
    events: [moved(A, B, 1)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a chain of 301s resolves from each of its addresses": {
    contacts: [[A]],
    events: [moved(A, B, 1), moved(B, C, 2), moved(C, D, 3)],
    says: {
      [A]: `moved to ${D} by 301 301 301, says book`,
      [C]: `moved to ${D} by 301, says book`,
      [D]: "active, says book",
    },
  },
  "a 410 makes an address gone, also at the end of a chain": {
    contacts: [[A]],
    events: [moved(A, B, 1), gone(B, 2)],
    says: { [A]: "gone by 301 410, says book", [B]: "gone by 410, says book" },
  },
  "a later answered call heals a 410": {
    contacts: [[A]],
    events: [moved(A, B, 1), gone(B, 2), answered(B, 3)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a loop is skipped": {
    contacts: [[A]],
    events: [moved(A, B, 1), moved(B, A, 2)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a late event changes where an address leads": {
    contacts: [[A]],
    events: [moved(A, B, 5)],
    after: [moved(A, C, 2)],
    // No contact has B any more, and no call was ever made to it.
    says: { [A]: `moved to ${C} by 301, says book`, [B]: "unknown, says none" },
  },
  "two addresses of a contact merge": {
    contacts: [[A, B]],
    events: [moved(A, B, 1)],
    says: { [A]: `moved to ${B} by 301, says book`, [B]: "active, says book" },
  },
  "a gone address is active if another contact has it since": {
    contacts: [[A]],
    events: [gone(A, 1)],
    person: (book) => book.post("/v1/contacts", { body: { name: "Bob", addresses: [{ uri: A }] } }),
    says: { [A]: "active, says book" },
  },
  "the latest move counts if contacts were led to different addresses": {
    contacts: [[A]],
    events: [moved(A, B, 1)],
    person: (book) =>
      book.post("/v1/contacts", { body: { name: "Bob", addresses: [{ uri: A, assertedAt: at(3) }] } }),
    after: [moved(A, C, 5)],
    says: { [A]: `moved to ${C} by 301, says book` },
  },
  "an address that a person removed is unknown, because nothing shows that it is gone": {
    contacts: [[A, B]],
    person: (book, [id]) => put(book, id, [{ uri: B }]),
    says: { [A]: "unknown, says none", [B]: "active, says book" },
  },
  "an address that a person removed is active if calls reach it": {
    contacts: [[A, B]],
    events: [answered(A, 1)],
    person: (book, [id]) => put(book, id, [{ uri: B }]),
    says: { [A]: "active, says calls" },
  },
  "a move still counts if a person removed the new address": {
    contacts: [[A, D]],
    events: [moved(A, B, 1)],
    person: (book, [id]) => put(book, id, [{ uri: D }]),
    says: { [A]: `moved to ${B} by 301, says calls`, [B]: "unknown, says none" },
  },
  "a contact that a person archived is no evidence": {
    contacts: [[A]],
    person: (book, [id]) => book.delete(`/v1/contacts/${id}`),
    says: { [A]: "unknown, says none" },
  },
  "events still apply to the addresses of an archived contact": {
    contacts: [[A], [C]],
    events: [],
    person: async (book, [a, c]) => {
      await book.delete(`/v1/contacts/${a}`);
      await book.delete(`/v1/contacts/${c}`);
    },
    after: [moved(A, B, 1), gone(C, 1)],
    says: { [A]: `moved to ${B} by 301, says book`, [C]: "gone by 410, says book" },
  },
  "a contact that was archived with its last address is evidence": {
    contacts: [[A]],
    events: [gone(A, 1)],
    says: { [A]: "gone by 410, says book" },
  },
  "an undo makes the old address active and the new one unknown": {
    contacts: [[A]],
    events: [moved(A, B, 1)],
    person: async (book) => {
      const change = (await book.changes()).find(({ kind }) => kind === "rewritten");
      expectStatus(201, await book.post(`/v1/history/${change?.id}/undo`));
    },
    says: { [A]: "active, says book", [B]: "unknown, says none" },
  },
  "an undone move does not count when the address is removed": {
    contacts: [[A, D]],
    events: [moved(A, B, 1)],
    person: async (book, [id]) => {
      const change = (await book.changes()).find(({ kind }) => kind === "rewritten");
      expectStatus(201, await book.post(`/v1/history/${change?.id}/undo`));
      expectStatus(200, await put(book, id, [{ uri: D }]));
    },
    says: { [A]: "unknown, says none" },
  },
  "an edit by a person leads from the old address to the new one": {
    contacts: [[A]],
    person: async (book, [id]) => {
      const [address] = bodyAs(shapes.Contact, await book.get(`/v1/contacts/${id}`)).addresses;
      expectStatus(200, await put(book, id, [{ id: address?.id, uri: B }]));
    },
    says: { [A]: "unknown, says none", [B]: "active, says book" },
  },
  "in no book, an address leads where calls were redirected": {
    events: [moved(A, B, 1), moved(B, C, 2), gone(D, 3)],
    says: {
      [A]: `moved to ${C} by 301 301, says calls`,
      [B]: `moved to ${C} by 301, says calls`,
      [C]: "unknown, says none",
      [D]: "gone by 410, says calls",
    },
  },
  "in no book, an address is answered, gone, healed, and gone again": {
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
  "in no book, busy, not found and no answer are no evidence": {
    events: [call(486, A, 1), call(404, A, 2), call(302, A, 3, { contacts: [`<${B}>`] })],
    says: { [A]: "unknown, says none" },
  },
  "in no book, loops are skipped and held moves do not count": {
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
    async ([, { contacts = [], events = [], person, after = [], says }], { book }) => {
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
