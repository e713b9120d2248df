import { describe, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, at, B, D } from "../fold/calls.ts";
import { readCall, uris } from "../fold/stories.ts";

const ask = async (book: Book, uri: string) =>
  bodyAs(shapes.Resolution, expectStatus(200, await book.get(`/v1/resolve?uri=${encodeURIComponent(uri)}`)));

/** "moved to sip:b@pbx.example by 301 301, says book". */
async function resolve(book: Book, uri: string): Promise<string> {
  const { answer, current, hops, basis } = await ask(book, uri);
  const where = answer === "moved" ? ` to ${current}` : "";
  const by = hops.length === 0 ? "" : ` by ${hops.map(({ status }) => status).join(" ")}`;
  return `${answer}${where}${by}, says ${basis}`;
}

const patch = async (book: Book, id: string | undefined, addresses: readonly object[]) =>
  expectStatus(200, await book.patch(`/v1/contacts/${id}`, { body: { addresses } }));
const addBob = async (book: Book, address: object) =>
  expectStatus(201, await book.post("/v1/contacts", { body: { name: "Bob", addresses: [address] } }));

/** What a person does, with the ids of the contacts. */
const deeds: Readonly<Record<string, (book: Book, contactIds: readonly string[]) => Promise<unknown>>> = {
  "Bob gets A": (book) => addBob(book, { uri: A }),
  "Bob gets A @3": (book) => addBob(book, { uri: A, assertedAt: at(3) }),
  "keep only B": (book, [id]) => patch(book, id, [{ uri: B }]),
  "keep only D": (book, [id]) => patch(book, id, [{ uri: D }]),
  "edit A to B": async (book, [id]) => {
    const [address] = bodyAs(shapes.Contact, await book.get(`/v1/contacts/${id}`)).addresses;
    await patch(book, id, [{ id: address?.id, uri: B }]);
  },
  archive: async (book, ids) => {
    for (const id of ids) expectStatus(204, await book.delete(`/v1/contacts/${id}`));
  },
  undo: async (book) => {
    const change = (await book.changes()).find(({ kind }) => kind === "rewritten");
    expectStatus(201, await book.post(`/v1/history/${change?.id}/undo`));
  },
};

// The addresses of each contact, asserted at minute 0 | calls, and what a person does between them | the expected result
// for each address. These and the contacts are divided by semicolons.
const stories: Readonly<Record<string, string>> = {
  "an address of a contact is active": "A | | A: active, says book; B: unknown, says none",
  "a 301 leads from the old address to the new one":
    "A | 301 A B | A: moved to B by 301, says book; B: active, says book",
  "a chain of 301s resolves from each of its addresses":
    "A | 301 A B, 301 B C, 301 C D | " +
    "A: moved to D by 301 301 301, says book; C: moved to D by 301, says book; D: active, says book",
  "a 410 makes an address gone, also at the end of a chain":
    "A | 301 A B, 410 B | A: gone by 301 410, says book; B: gone by 410, says book",
  "a later answered call heals a 410":
    "A | 301 A B, 410 B, 200 B | A: moved to B by 301, says book; B: active, says book",
  "a loop is skipped": "A | 301 A B, 301 B A | A: moved to B by 301, says book; B: active, says book",
  // No contact has B any more, and no call was ever made to it.
  "a late event changes where an address leads":
    "A | 301 A B @5; 301 A C @2 | A: moved to C by 301, says book; B: unknown, says none",
  "two addresses of a contact merge":
    "A, B | 301 A B | A: moved to B by 301, says book; B: active, says book",
  "a gone address is active if another contact has it since": "A | 410 A; Bob gets A | A: active, says book",
  "the latest move counts if contacts were led to different addresses":
    "A | 301 A B; Bob gets A @3; 301 A C @5 | A: moved to C by 301, says book",
  "an address that a person removed is unknown, because nothing shows that it is gone":
    "A, B | keep only B | A: unknown, says none; B: active, says book",
  "an address that a person removed is active if calls reach it":
    "A, B | 200 A; keep only B | A: active, says calls",
  "a move still counts if a person removed the new address":
    "A, D | 301 A B; keep only D | A: moved to B by 301, says calls; B: unknown, says none",
  "a contact that a person archived is no evidence": "A | archive | A: unknown, says none",
  "events still apply to the addresses of an archived contact":
    "A; C | archive; 301 A B, 410 C @1 | A: moved to B by 301, says book; C: gone by 410, says book",
  "a contact that was archived with its last address is evidence": "A | 410 A | A: gone by 410, says book",
  "an undo makes the old address active and the new one unknown":
    "A | 301 A B; undo | A: active, says book; B: unknown, says none",
  "an undone move does not count when the address is removed":
    "A, D | 301 A B; undo; keep only D | A: unknown, says none",
  "an edit by a person leads from the old address to the new one":
    "A | edit A to B | A: unknown, says none; B: active, says book",
  "in no book, an address leads where calls were redirected":
    "| 301 A B, 301 B C, 410 D | " +
    "A: moved to C by 301 301, says calls; B: moved to C by 301, says calls; C: unknown, says none; D: gone by 410, says calls",
  "in no book, an address is answered, gone, healed, and gone again":
    "| 200 A @1, 410 B @1, 200 B @2, 200 C @1, 410 C @2, 410 C @3, 301 D B @3 | " +
    "A: active, says calls; B: active, says calls; C: gone by 410, says calls; D: moved to B by 301, says calls",
  "in no book, busy, not found and no answer are no evidence":
    "| 486 A, 404 A, 302 A B | A: unknown, says none",
  "in no book, loops are skipped and held moves do not count":
    "| 301 A B, 301 B A, 301 C D @1 diverted | " +
    "A: moved to B by 301, says calls; B: moved to A by 301, says calls; C: unknown, says none",
};

const spelled = (each: string) => each.replaceAll(/\b[A-D]\b/g, (name) => uris[name] ?? name);

function readStory(text: string) {
  const [contacts = [], acts = [], says = []] = text
    .split("|")
    .map((part) => part.split(";").flatMap((each) => each.trim() || []));
  return {
    contacts: contacts.map((each) => spelled(each).split(", ")),
    acts,
    says: says.map((each) => [uris[each.charAt(0)] ?? "", spelled(each.slice(3))] as const),
  };
}

describe.concurrent("resolve", () => {
  test.for(Object.entries(stories))("%s", async ([, text], { book }) => {
    const { contacts, acts, says } = readStory(text);
    const ids: string[] = [];
    for (const given of contacts) ids.push((await book.addContact(...given)).id);
    for (const act of acts) {
      const deed = deeds[act];
      await (deed === undefined ? book.report(...act.split(", ").map(readCall)) : deed(book, ids));
    }
    expect(says).not.toEqual([]);
    const answers = await Promise.all(says.map(async ([uri]) => [uri, await resolve(book, uri)] as const));
    expect(answers).toEqual(says);
  });
});
