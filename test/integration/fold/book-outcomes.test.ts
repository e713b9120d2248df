import { describe, expect, test } from "vitest";
import { sharedService } from "../../support/shared.ts";
import type { EventBody } from "./calls.ts";
import { checkInvariants } from "./invariants.ts";
import { readCall, uris } from "./stories.ts";

const service = await sharedService();

const applied: Readonly<Record<string, string>> = {
  200: "applied/answered",
  202: "applied/answered",
  301: "applied/moved-permanently",
  410: "applied/gone",
};

// The addresses of the one contact | the calls in the order of their times | the addresses that the book shows at the end.
// The verdict of a call follows a colon. Without a verdict it is applied.
const stories: Readonly<Record<string, string>> = {
  "a 301 rewrites the address that was dialled": "A | 301 A B | B",
  "a 410 removes the address": "A | 410 A | A gone",
  "a contact's other addresses do not change": "A, B | 301 A C | B, C",
  "a second 410 changes nothing": "A | 410 A, 410 A: recorded/no-change | A gone",
  "a call answered after the 410 restores the address": "A | 410 A, 200 A | A",
  "any 2xx restores the address": "A | 410 A, 202 A | A",
  "a call answered before the 410 does not restore the address":
    "A | 200 A: recorded/no-change, 410 A | A gone",
  "an answered call at the same time as a 410 comes second": "A | 410 A @1, 200 A @1 | A",
  "a 301 moves an address that a 410 removed": "A | 410 A, 301 A B | B",
  "a 301 at the same time as a 410 comes second": "A | 410 A @1, 301 A B @1 | B",
  "a chain is followed hop by hop": "A | 301 A B, 301 B C, 301 C D, 410 D, 200 D | D",
  "a chain within one second is followed, whatever the ids": "A | 301 A B @1 id=9, 301 B C @1 id=1 | C",
  "a 410 of the old address is stale": "A | 301 A B, 410 A: stale/moved-away | B",
  "the earlier of two moves wins": "A | 301 A B, 301 A C: stale/moved-away | B",
  "the lower id wins if two moves have the same time":
    "A | 301 A B @1 id=Z, 301 A C @1 id=a: stale/moved-away | B",
  "a loop is skipped, and later events count": "A | 301 A B, 301 B A: recorded/loop, 410 B | B gone",
  "a loop over three addresses is skipped": "A | 301 A B, 301 B C, 301 C A: recorded/loop, 301 C D | D",
  "two addresses swap": "A, B | 301 A B, 301 B A | A, B",
  "two addresses merge into one": "A, B | 301 A B | B",
  "merged addresses move together": "A, B | 301 A B, 301 B C | C",
  "merged addresses are removed and restored together": "A, B | 301 A B, 410 B, 200 B, 410 B | B gone",
  "a move to a gone address shows it as active": "A, B | 410 B, 301 A B | B",
  "a merge is reverted when an earlier move arrives late":
    "A, B | 301 A C @2, 301 A B @4: stale/moved-away | B, C",
  "three addresses merge into one": "A, B, C | 301 A D, 301 B D, 301 C D, 410 D | D gone",
  "a 410 does not count if the call was answered on another branch":
    "A, B | 410 A #7: recorded/answered-elsewhere, 200 B #7: recorded/no-change | A, B",
  "a 410 does not count if the call was answered before on the same address":
    "A | 200 A #7: recorded/no-change, 410 A #7: recorded/answered-elsewhere | A",
  "a 410 counts if another attempt of the call was answered":
    "A, B | 410 A #7, 200 B #8: recorded/no-change | A gone, B",
  "a 301 counts even if its target answered the same call":
    "A | 301 A B #7, 200 B #7: recorded/no-change | B",
  "a 301 counts beside a branch that was busy":
    "A, B | 301 A C @1 #7 branch=486, 486 B @1 #7: recorded/status-without-effect | B, C",
  "an answered call is stale after a late move":
    "A | 301 A B, 410 A: stale/moved-away, 200 A: stale/moved-away | B",
  "an earlier chain that arrives late replaces a later move":
    "A | 301 A D, 301 A B: stale/moved-away, 301 D B, 301 B C | C",
};

function readStory(text: string) {
  const [contact = [], calls = [], shows = []] = text.split(" | ").map((part) => part.split(", "));
  return {
    contact: contact.map((name) => uris[name] ?? ""),
    calls: calls.map((each, index) => {
      const [facts = "", verdict] = each.split(": ");
      return { event: readCall(facts, index), verdict: verdict ?? applied[facts.slice(0, 3)] ?? "" };
    }),
    shows: shows.map((shown) => `${uris[shown.charAt(0)]} ${shown.slice(2) || "active"}`),
  };
}

/** Ways in which the events may arrive. Events that arrive together are one array. */
const arrivals: Record<string, (events: readonly EventBody[]) => readonly (readonly EventBody[])[]> = {
  "all at once, backwards": (events) => [events.toReversed()],
  "one by one": (events) => events.map((event) => [event]),
  "one by one, backwards": (events) => events.toReversed().map((event) => [event]),
  "twice, the second half first": (events) => [
    events.slice(Math.floor(events.length / 2)),
    events,
    events.slice(0, 1).concat(events),
  ],
};

describe.concurrent.each(Object.entries(arrivals))("%s", (_name, arrive) => {
  test.for(Object.entries(stories))("%s", async ([, text]) => {
    const { contact, calls, shows } = readStory(text);
    const events = calls.map(({ event }) => event);
    const book = await service.makeBook("keep");
    const orders = [contact, contact.toReversed()].slice(0, contact.length);
    const contacts = await Promise.all(orders.map((given) => book.addContact(...given)));
    for (const batch of arrive(events)) await book.report(...dropRepeats(batch));
    for (const { id } of contacts) expect(await book.shown(id)).toEqual(shows);
    // A duplicate gets its present verdict. A move that no longer counts since an earlier one arrived gets another rule,
    // depending on the order of arrival.
    const verdicts = await book.report(...events);
    expect(verdicts.map((verdict) => verdict.replace("superseded", "moved-away"))).toEqual(
      calls.map(({ verdict }) => verdict),
    );
    await checkInvariants(book);
  });
});

/** The same id twice in one array has its own test. */
function dropRepeats(batch: readonly EventBody[]): readonly EventBody[] {
  return [...new Map(batch.map((event) => [event.id, event])).values()];
}
