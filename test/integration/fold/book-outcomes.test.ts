import { describe, expect, test } from "vitest";
import { sharedService } from "../../support/shared.ts";
import { A, answered, B, C, call, D, type EventBody, gone, moved } from "./calls.ts";
import { checkInvariants } from "./invariants.ts";

const service = await sharedService();

interface Story {
  /** The addresses of the one contact. */
  readonly contact: readonly string[];
  /** In the order of their times. */
  readonly events: readonly EventBody[];
  /** The addresses that the book shows at the end. */
  readonly shows: readonly string[];
  /** The verdict on each event, as `code/rule`. */
  readonly verdicts: readonly string[];
}

const move = "applied/moved-permanently";
const sameCall = { callId: "fork-1", cseq: 7 };

const stories: Record<string, Story> = {
  "a 301 rewrites the address that was dialled": {
    contact: [A],
    events: [moved(A, B, 1)],
    shows: [`${B} active`],
    verdicts: [move],
  },
  "a 410 removes the address": {
    contact: [A],
    events: [gone(A, 1)],
    shows: [`${A} gone`],
    verdicts: ["applied/gone"],
  },
  "a contact's other addresses do not change": {
    contact: [A, B],
    events: [moved(A, C, 1)],
    shows: [`${B} active`, `${C} active`],
    verdicts: [move],
  },
  "a second 410 changes nothing": {
    contact: [A],
    events: [gone(A, 1), gone(A, 2)],
    shows: [`${A} gone`],
    verdicts: ["applied/gone", "recorded/no-change"],
  },
  "a call answered after the 410 restores the address": {
    contact: [A],
    events: [gone(A, 1), answered(A, 2)],
    shows: [`${A} active`],
    verdicts: ["applied/gone", "applied/answered"],
  },
  "any 2xx restores the address": {
    contact: [A],
    events: [gone(A, 1), call(202, A, 2)],
    shows: [`${A} active`],
    verdicts: ["applied/gone", "applied/answered"],
  },
  "a call answered before the 410 does not restore the address": {
    contact: [A],
    events: [answered(A, 1), gone(A, 2)],
    shows: [`${A} gone`],
    verdicts: ["recorded/no-change", "applied/gone"],
  },
  "an answered call at the same time as a 410 comes second": {
    contact: [A],
    events: [gone(A, 1), answered(A, 1)],
    shows: [`${A} active`],
    verdicts: ["applied/gone", "applied/answered"],
  },
  "a 301 moves an address that a 410 removed": {
    contact: [A],
    events: [gone(A, 1), moved(A, B, 2)],
    shows: [`${B} active`],
    verdicts: ["applied/gone", move],
  },
  "a 301 at the same time as a 410 comes second": {
    contact: [A],
    events: [gone(A, 1), moved(A, B, 1)],
    shows: [`${B} active`],
    verdicts: ["applied/gone", move],
  },
  "a chain is followed hop by hop": {
    contact: [A],
    events: [moved(A, B, 1), moved(B, C, 2), moved(C, D, 3), gone(D, 4), answered(D, 5)],
    shows: [`${D} active`],
    verdicts: [move, move, move, "applied/gone", "applied/answered"],
  },
  "a chain within one second is followed, whatever the ids": {
    contact: [A],
    events: [moved(A, B, 1, { id: "9" }), moved(B, C, 1, { id: "1" })],
    shows: [`${C} active`],
    verdicts: [move, move],
  },
  "a 410 of the old address is stale": {
    contact: [A],
    events: [moved(A, B, 1), gone(A, 2)],
    shows: [`${B} active`],
    verdicts: [move, "stale/moved-away"],
  },
  "the earlier of two moves wins": {
    contact: [A],
    events: [moved(A, B, 1), moved(A, C, 2)],
    shows: [`${B} active`],
    verdicts: [move, "stale/moved-away"],
  },
  "the lower id wins if two moves have the same time": {
    contact: [A],
    events: [moved(A, B, 1, { id: "Z" }), moved(A, C, 1, { id: "a" })],
    shows: [`${B} active`],
    verdicts: [move, "stale/moved-away"],
  },
  "a loop is skipped, and later events count": {
    contact: [A],
    events: [moved(A, B, 1), moved(B, A, 2), gone(B, 3)],
    shows: [`${B} gone`],
    verdicts: [move, "recorded/loop", "applied/gone"],
  },
  "a loop over three addresses is skipped": {
    contact: [A],
    events: [moved(A, B, 1), moved(B, C, 2), moved(C, A, 3), moved(C, D, 4)],
    shows: [`${D} active`],
    verdicts: [move, move, "recorded/loop", move],
  },
  "two addresses swap": {
    contact: [A, B],
    events: [moved(A, B, 1), moved(B, A, 2)],
    shows: [`${A} active`, `${B} active`],
    verdicts: [move, move],
  },
  "two addresses merge into one": {
    contact: [A, B],
    events: [moved(A, B, 1)],
    shows: [`${B} active`],
    verdicts: [move],
  },
  "merged addresses move together": {
    contact: [A, B],
    events: [moved(A, B, 1), moved(B, C, 2)],
    shows: [`${C} active`],
    verdicts: [move, move],
  },
  "merged addresses are removed and restored together": {
    contact: [A, B],
    events: [moved(A, B, 1), gone(B, 2), answered(B, 3), gone(B, 4)],
    shows: [`${B} gone`],
    verdicts: [move, "applied/gone", "applied/answered", "applied/gone"],
  },
  "a move to a gone address shows it as active": {
    contact: [A, B],
    events: [gone(B, 1), moved(A, B, 2)],
    shows: [`${B} active`],
    verdicts: ["applied/gone", move],
  },
  "a merge is reverted when an earlier move arrives late": {
    contact: [A, B],
    events: [moved(A, C, 2), moved(A, B, 4)],
    shows: [`${B} active`, `${C} active`],
    verdicts: [move, "stale/moved-away"],
  },
  "three addresses merge into one": {
    contact: [A, B, C],
    events: [moved(A, D, 1), moved(B, D, 2), moved(C, D, 3), gone(D, 4)],
    shows: [`${D} gone`],
    verdicts: [move, move, move, "applied/gone"],
  },
  "a 410 does not count if the call was answered on another branch": {
    contact: [A, B],
    events: [gone(A, 1, sameCall), answered(B, 2, sameCall)],
    shows: [`${A} active`, `${B} active`],
    verdicts: ["recorded/answered-elsewhere", "recorded/no-change"],
  },
  "a 410 does not count if the call was answered before on the same address": {
    contact: [A],
    events: [answered(A, 1, sameCall), gone(A, 2, sameCall)],
    shows: [`${A} active`],
    verdicts: ["recorded/no-change", "recorded/answered-elsewhere"],
  },
  "a 410 counts if another attempt of the call was answered": {
    contact: [A, B],
    events: [gone(A, 1, sameCall), answered(B, 2, { ...sameCall, cseq: 8 })],
    shows: [`${A} gone`, `${B} active`],
    verdicts: ["applied/gone", "recorded/no-change"],
  },
  "a 301 counts even if its target answered the same call": {
    contact: [A],
    events: [moved(A, B, 1, sameCall), answered(B, 2, sameCall)],
    shows: [`${B} active`],
    verdicts: [move, "recorded/no-change"],
  },
  "a 301 counts beside a branch that was busy": {
    contact: [A, B],
    events: [moved(A, C, 1, { ...sameCall, branchOutcomes: [486] }), call(486, B, 1, sameCall)],
    shows: [`${B} active`, `${C} active`],
    verdicts: [move, "recorded/status-without-effect"],
  },
  "an answered call is stale after a late move": {
    contact: [A],
    events: [moved(A, B, 1), gone(A, 2), answered(A, 3)],
    shows: [`${B} active`],
    verdicts: [move, "stale/moved-away", "stale/moved-away"],
  },
  "an earlier chain that arrives late replaces a later move": {
    contact: [A],
    events: [moved(A, D, 1), moved(A, B, 2), moved(D, B, 3), moved(B, C, 4)],
    shows: [`${C} active`],
    verdicts: [move, "stale/moved-away", move, move],
  },
};

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
  test.for(Object.entries(stories))("%s", async ([, story]) => {
    const book = await service.makeBook("keep");
    const orders = [story.contact, story.contact.toReversed()].slice(0, story.contact.length);
    const contacts = await Promise.all(orders.map((uris) => book.addContact(...uris)));
    for (const batch of arrive(story.events)) await book.report(...dropRepeats(batch));
    for (const { id } of contacts) expect(await book.shown(id)).toEqual(story.shows);
    // A duplicate gets its present verdict. A move that no longer counts since an earlier one arrived gets another rule,
    // depending on the order of arrival.
    const verdicts = await book.report(...story.events);
    expect(verdicts.map((verdict) => verdict.replace("superseded", "moved-away"))).toEqual(story.verdicts);
    await checkInvariants(book);
  });
});

/** The same id twice in one array has its own test. */
function dropRepeats(batch: readonly EventBody[]): readonly EventBody[] {
  return [...new Map(batch.map((event) => [event.id, event])).values()];
}
