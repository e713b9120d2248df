import { describe, expect, test } from "vitest";
import { pathOf, readStory, shownAfter } from "../support/story.ts";

describe("one address", () => {
  // when …, in this story, address x goes through …
  test.for([
    ["nothing happened", "0:x=A", "A"],
    ["a 301 named a new address", "0:x=A, 1:A->B", "A, B"],
    ["a 410 arrived", "0:x=A, 1:A 410", "A, A gone"],
    ["two hops happened", "0:x=A, 1:A->B, 2:B->C", "A, B, C"],
    ["an event is about another address", "0:x=A, 1:B 410, 2:B->C", "A"],
    ["a 410 was followed by an answered call", "0:x=A, 1:A 410, 2:A 200", "A, A gone, A"],
    ["an answered call was followed by a 410", "0:x=A, 1:A 200, 2:A 410", "A, A gone"],
    ["a 410 was followed by a 301", "0:x=A, 1:A 410, 2:A->B", "A, A gone, B"],
    ["a 301 was followed by a 410 of the old address", "0:x=A, 1:A->B, 2:A 410", "A, B"],
    ["a 410 arrived twice", "0:x=A, 1:A 410, 2:A 410", "A, A gone"],
    ["an answered call found it active", "0:x=A, 1:A 200", "A"],
    ["it was gone, answered and gone again", "0:x=A, 1:A 410, 2:A 200, 3:A 410", "A, A gone, A, A gone"],
    ["a late 410 is older than an answered call", "0:x=A, 2:A 200, 1:A 410", "A, A gone, A"],
    ["a person set it to gone and a call was answered later", "0:x=A gone, 1:A 200", "A gone, A"],
    ["a person set it to gone and it moved later", "0:x=A gone, 1:A->B", "A gone, B"],
    ["a person removed it and more calls happened", "0:x=A, 1:x=A removed, 2:A 200, 3:A->B", "A removed"],
  ] as const)("when %s", ([, story, path]) => {
    expect(pathOf(readStory(story), "x")).toBe(path);
  });
});

describe("time", () => {
  test.for([
    ["the earlier of two 301s wins", "0:x=A, 1:A->B, 3:A->C", "A, B"],
    ["the earlier of two 301s wins, even if it arrives late", "0:x=A, 3:A->C, 1:A->B", "A, B"],
    ["a 410 of the new address before the move does not count", "0:x=A, 1:B 410, 2:A->B", "A, B"],
    ["an answered call at the same time as a 410 comes second", "0:x=A, 1:A 200, 1:A 410", "A, A gone, A"],
    ["a 301 at the same time as a 410 comes second", "0:x=A, 1:A->B, 1:A 410", "A, A gone, B"],
    [
      "a 301 at the same time as an answered call comes second",
      "0:x=A, 1:A 410, 2:A->B, 2:A 200",
      "A, A gone, A, B",
    ],
    ["the lower id wins if two 301s have the same time", "0:x=A, 3:A->C #1, 3:A->B #2", "A, C"],
    ["two hops of one second count, whatever their ids", "0:x=A, 1:A->B #2, 1:B->C #1", "A, B, C"],
    ["two hops of one second count in the other order of ids", "0:x=A, 1:A->B #1, 1:B->C #2", "A, B, C"],
    ["a 410 of the new address in the second of the move counts", "0:x=A, 1:A->B, 1:B 410", "A, B, B gone"],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(readStory(story), "x")).toBe(path);
  });

  test.for([
    ["0:x=A, 3:A->B, 3:A->C", "0:x=A, 3:A->C, 3:A->B"],
    ["0:x=A, 2:A->B, 1:A->C", "0:x=A, 1:A->C, 2:A->B"],
    ["0:x=A, 1:A->B, 3:B->C, 0.5:A->D, 2:D->B", "0:x=A, 0.5:A->D, 1:A->B, 2:D->B, 3:B->C"],
  ] as const)("the order of arrival does not matter: %s", ([one, other]) => {
    expect(pathOf(readStory(one), "x")).toBe(pathOf(readStory(other), "x"));
  });

  test("a superseded event counts again when a late one leads back to its address", () => {
    expect(pathOf(readStory("0:x=A, 1:A->B, 3:B->C"), "x")).toBe("A, B, C");
    expect(pathOf(readStory("0:x=A, 1:A->B, 3:B->C, 0.5:A->D"), "x")).toBe("A, D");
    expect(pathOf(readStory("0:x=A, 1:A->B, 3:B->C, 0.5:A->D, 2:D->B"), "x")).toBe("A, D, B, C");
  });

  test("a 301 without a target changes nothing, and later events count", () => {
    const { assertions, events } = readStory("0:x=A, 1:A->B, 2:A 410");
    const lost = [...events].map(
      ([key, list]) => [key, list.map((event) => ({ ...event, target: null }))] as const,
    );
    expect(pathOf({ assertions, events: new Map(lost) }, "x")).toBe("A, A gone");
  });
});

describe("a loop", () => {
  test.for([
    ["is skipped", "0:x=A, 1:A->B, 2:B->A", "A, B, loop"],
    ["does not block later events", "0:x=A, 1:A->B, 2:B->A, 3:B 410", "A, B, loop, B gone"],
    ["may be long", "0:x=A, 1:A->B, 2:B->C, 3:C->A, 4:C->B, 5:C->D", "A, B, C, loop, loop, D"],
    ["includes a move to the present address", "0:x=A, 1:A->A, 2:A->B, 3:B->B", "A, loop, B, loop"],
    ["does not restore a gone address", "0:x=A, 1:A->B, 2:B 410, 3:B->A", "A, B, B gone, loop"],
    ["does not reach back before a person's edit", "0:x=A, 1:A->B, 2:x=B, 3:B->A, 4:A 410", "B, A, A gone"],
    ["at one time ends", "0:x=A, 1:A->B, 1:B->A", "A, B, loop"],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(readStory(story), "x")).toBe(path);
  });

  test("a return that a person accepts is an assertion at the time of the event", () => {
    expect(pathOf(readStory("0:x=A, 1:A->B, 2:B->A, 3:A->C, 2:x=A"), "x")).toBe("A, C");
  });
});

describe("an assertion by a person", () => {
  test.for([
    ["overrides earlier events", "0:x=A, 1:A->B, 5:x=A", "A"],
    ["overrides events of the same time", "5:x=A, 5:A 410", "A"],
    ["does not override later events", "0:x=A, 1:A->B, 5:x=A, 6:A->B", "A, B"],
    ["overrides events received before it, whatever their time", "0:x=A, 5:x=A, 6:A 410 received 4", "A"],
    ["overrides events received at the same time", "0:x=A, 5:x=A, 6:A 410 received 5", "A"],
    ["overrides earlier events received after it", "5:x=A, 3:A 410 received 6", "A"],
    ["does not override later events received after it", "5:x=A, 6:A 410 received 5.5", "A, A gone"],
    [
      "overrides an event received before it, even after a newer event",
      "5:x=A, 6:A->B, 7:B->C received 5",
      "A, B",
    ],
    ["is not changed by an event about the former address", "0:x=A, 5:x=X, 3:A->B, 6:A->B", "X"],
    ["undoes a rewrite, and old events do not act again", "0:x=A, 1:A->B, 5:x=A, 3:A->C", "A"],
    ["about the past is followed by the known later events", "1:A->B, 3:B 410, 0:x=A", "A, B, B gone"],
    ["about the present overrides all known events", "1:A->B, 3:B 410, 8:x=A", "A"],
    ["that is older than the last one changes nothing", "5:x=A, 2:x=B", "A"],
    ["counts if it is the last of several at one time", "5:x=B, 5:x=A", "A"],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(readStory(story), "x")).toBe(path);
  });
});

describe("a removal by a person", () => {
  // x has A, and a person removes y from B at 5
  test.for([
    ["also removes an address that has moved to the key before", "1:A->B", "A, B, B removed"],
    ["blocks later moves to the key", "7:A->B", "A, held removed-by-person"],
    ["blocks the key, but not other moves of the address", "7:A->B, 8:A->C", "A, held removed-by-person, C"],
    ["does not block a move of its own time, but removes the address", "5:A->B", "A, B, B removed"],
    ["ends when a person adds the address again", "6:z=B, 7:A->B", "A, B"],
    ["blocks moves before the address is added again", "6:z=B, 5.5:A->B", "A, held removed-by-person"],
    ["still blocks a move at the time when it ends", "6:z=B, 6:A->B", "A, held removed-by-person"],
    ["blocks again after a second removal", "6:z=B, 7:z=B removed, 8:A->B", "A, held removed-by-person"],
  ] as const)("%s", ([, then, path]) => {
    expect(pathOf(readStory(`0:x=A, 0:y=B, 5:y=B removed, ${then}`), "x")).toBe(path);
  });

  test.for([
    ["does not remove an address that a person set later", "0:y=A, 5:y=A removed, 6:x=A", "A"],
    ["does not remove an address that a person set at the same time", "0:y=A, 5:y=A removed, 5:x=A", "A"],
    ["does not remove an address that has left the key", "0:x=A, 0:y=A, 1:A->B, 5:y=A removed", "A, B"],
    ["does not remove an address that leaves at its time", "0:x=A, 0:y=B, 5:y=A removed, 5:A->C", "A, C"],
    ["removes an address that leaves later", "0:x=A, 0:y=A, 5:y=A removed, 6:A->C", "A, A removed"],
    ["removes a gone address", "0:x=A, 0:y=A, 1:A 410, 5:y=A removed, 6:A 200", "A, A gone, A removed"],
    [
      "removes an address whose last event is a loop at its time",
      "0:x=A, 0:y=A, 5:y=A removed, 5:A->A",
      "A, loop, A removed",
    ],
    ["does not block moves if the key is gone only by an event", "0:x=A, 0:y=B, 5:y=B gone, 7:A->B", "A, B"],
    ["does not block another key", "0:x=A, 0:y=C, 5:y=C removed, 7:A->B", "A, B"],
    [
      "counts from the first of two",
      "0:x=A, 0:y=B, 0:z=B, 5:y=B removed, 6:z=B removed, 1:A->B, 5.5:B->C",
      "A, B, B removed",
    ],
    [
      "that ended before the address arrived is followed by a later one",
      "0:x=A, 0:y=B, 2:y=B removed, 3:z=B, 4:A->B, 8:z=B removed",
      "A, B, B removed",
    ],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(readStory(story), "x")).toBe(path);
  });
});

describe("a move that waits for a person", () => {
  test.for([
    ["held by its own rule", "0:x=A, 1:A->B held diversion", "A, held diversion"],
    [
      "held, and a later move counts",
      "0:x=A, 1:A->B held device-contact, 2:A->C",
      "A, held device-contact, C",
    ],
    [
      "held, and later events of the old address count",
      "0:x=A, 1:A->B held diversion, 2:A 410",
      "A, held diversion, A gone",
    ],
    [
      "held, and events of its target do not count",
      "0:x=A, 1:A->B held diversion, 2:B 410",
      "A, held diversion",
    ],
    ["from sips to sip", "0:x=sips:A, 1:A->B", "sips:A, held sips-downgrade"],
    ["from sips to a phone number", "0:x=sips:A, 1:A->tel:+1", "sips:A, held first-phone-number"],
    ["from sip to sips: never", "0:x=A, 1:A->sips:B, 2:B->sips:C", "A, sips:B, sips:C"],
    ["from sips to sip, after a hop", "0:x=A, 1:A->sips:B, 2:B->C", "A, sips:B, held sips-downgrade"],
    ["to the first phone number", "0:x=A, 1:A->tel:+1", "A, held first-phone-number"],
    ["from number to number: never", "0:x=tel:+1, 1:tel:+1->tel:+2", "tel:+1, tel:+2"],
    ["from a number to a name: never", "0:x=tel:+1, 1:tel:+1->A", "tel:+1, A"],
    [
      "depends on the address at the event's time, not at its arrival",
      "0:x=A, 3:B->C, 1:A->sips:B",
      "A, sips:B, held sips-downgrade",
    ],
    [
      "depends on the address at the event's time, not on the present one",
      "0:x=A, 2:A->sips:B, 1:A->C",
      "A, C",
    ],
    ["a loop is not held", "0:x=A, 1:A->B, 2:B->A held diversion", "A, B, loop"],
    [
      "a blocked key takes precedence",
      "0:x=A, 0:y=B, 5:y=B removed, 7:A->B held diversion",
      "A, held removed-by-person",
    ],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(readStory(story), "x")).toBe(path);
  });
});

describe("two addresses of one contact", () => {
  test.for([
    ["merge if one moves to the other", "0:x=A, 0:y=B, 1:A->B", "B"],
    ["move together after a merge", "0:x=A, 0:y=B, 1:A->B, 2:B->C", "C"],
    ["are gone together after a merge", "0:x=A, 0:y=B, 1:A->B, 2:B 410", "B gone"],
    ["are restored together after a merge", "0:x=A, 0:y=B, 1:A->B, 2:B 410, 3:B 200", "B"],
    ["part if a late event removes the merge", "0:x=A, 0:y=B, 4:A->B, 2:A->C", "B, C"],
    ["part if they swap", "0:x=A, 0:y=B, 1:A->B, 2:B->A", "A, B"],
    ["part if they swap at the same time", "0:x=A, 0:y=B, 1:A->B, 1:B->A", "A, B"],
    ["change together if both are edited", "0:x=A, 0:y=B, 1:A->B, 5:x=X, 5:y=X", "X"],
    ["part if only one is edited", "0:x=A, 0:y=B, 1:A->B, 5:x=X", "B, X"],
    ["show the active one", "0:x=A, 5:y=A, 3:A 410", "A"],
    ["are both removed with the key", "0:x=A, 0:y=B, 1:A->B, 5:y=B removed", "nothing"],
    ["do not bring back a removed address", "0:x=A, 0:y=B, 5:y=B removed, 1:A->B", "nothing"],
    ["show gone addresses if no other is left", "0:x=A, 0:y=B, 1:A 410, 2:B 410", "A gone, B gone"],
  ] as const)("%s", ([, story, shown]) => {
    expect(shownAfter(readStory(story))).toBe(shown);
  });
});
