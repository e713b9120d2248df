import { expect, test } from "vitest";
import { makeTwoWeeks } from "../../../src/clients/seed/two-weeks.ts";

const now = new Date("2026-11-29T12:00:00Z");
const { contacts, events } = makeTwoWeeks(now);

test("the seed has 200 people, each with an id of its own", () => {
  expect(contacts).toHaveLength(200);
  expect(new Set(contacts.map(({ externalId }) => externalId)).size).toBe(200);
});

test("the same moment gives the same calls", () => {
  expect(makeTwoWeeks(now).events).toEqual(events);
});

test("the calls lie in the two weeks before, in order, after every address was asserted", () => {
  const times = events.map(({ occurredAt }) => occurredAt);
  expect(times).toEqual(times.toSorted());
  expect(times[0]?.slice(0, 10)).toBe("2026-11-15");
  expect((times.at(-1) ?? "") < now.toISOString()).toBe(true);
  for (const { addresses } of contacts)
    for (const { assertedAt } of addresses) expect(assertedAt < (times[0] ?? "")).toBe(true);
});

test("a call dials an address of the book, or one that a 301 led to", () => {
  const known = new Set(contacts.flatMap(({ addresses }) => addresses.map(({ uri }) => uri)));
  for (const { requestUri, status, contacts: targets } of events) {
    expect(known).toContain(requestUri);
    if (status === 301) for (const target of targets) known.add(target.replaceAll(/[<>]/g, ""));
  }
});

test("every ending occurs", () => {
  expect(new Set(events.map(({ status }) => status))).toEqual(new Set([200, 301, 302, 404, 410, 480, 486]));
});
