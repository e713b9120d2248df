import { afterEach, expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, type ChangeBody, pageOf, type Service } from "../../support/service.ts";
import { sharedService } from "../../support/shared.ts";

type Shown = NonNullable<ChangeBody["after"]>;

const isVisible = (shown: Shown | null) => shown?.state === "active" || shown?.state === "gone";

/** The shared service. Every book of the file is checked at the end of its test. */
export async function checkedService(): Promise<Service> {
  const service = await sharedService();
  afterEach(async () => {
    for (const book of service.takeBooks()) await checkInvariants(book);
  });
  return service;
}

/**
 * Checks what is true of any book: the feed has no gaps, each change of an address starts where the one before ended,
 * and a replay of the feed from its start gives the contacts that the API returns.
 */
export async function checkInvariants(book: Book): Promise<void> {
  const changes = await book.changes();
  expect(changes.map(({ sequence }) => sequence)).toEqual(changes.map((_, index) => index + 1));
  const last = new Map<string, Shown>();
  const contacts = new Map<string, Map<string, Shown>>();
  for (const { contactId, addressId, before, after, sequence } of changes) {
    const addresses = contacts.get(contactId) ?? new Map<string, Shown>();
    contacts.set(contactId, addresses);
    if (addressId === null) continue;
    const known = last.get(addressId) ?? null;
    // What readers cannot see has no row: how a merged address moves, and that an edit removes it.
    if (isVisible(before) || isVisible(known)) expect(before, `sequence ${sequence}: before`).toEqual(known);
    expect(after, `sequence ${sequence}: after`).not.toEqual(before);
    if (after === null) continue;
    last.set(addressId, after);
    addresses.set(addressId, after);
  }
  for (const [contactId, addresses] of contacts) {
    const answer = await book.get(`/v1/contacts/${contactId}?include=gone`);
    // A contact that a person deleted is 410 even with include=gone.
    if (answer.status === 410) continue;
    const shown = bodyAs(shapes.Contact, answer).addresses.map(({ id, uri, state }) => [id, { uri, state }]);
    const played = [...addresses].filter(([, { state }]) => state === "active" || state === "gone");
    expect(Object.fromEntries(shown), `contact ${contactId}`).toEqual(Object.fromEntries(played));
  }
  const { items } = bodyAs(bodyShape, await book.get("/v1/history?limit=500"));
  expect(items.map(({ sequence }) => sequence).toSorted((a, b) => a - b)).toEqual(
    changes.slice(-500).map(({ sequence }) => sequence),
  );
}

const bodyShape = pageOf("Change");
