import { describe, expect, test } from "vitest";
import { pathOf, shownAfter, tell } from "../support/story.ts";

describe("one address", () => {
  // when …, in this story, address x goes through …
  test.for([
    ["nothing happened", "0:x=A", "A"],
    ["a 301 named a new address", "0:x=A, 1:A->B", "A, B"],
    ["a 410 came", "0:x=A, 1:A 410", "A, A gone"],
    ["two hops came in one story", "0:x=A, 1:A->B, 2:B->C", "A, B, C"],
    ["an event is about another address", "0:x=A, 1:B 410, 2:B->C", "A"],
    ["a 410 was followed by an answered call", "0:x=A, 1:A 410, 2:A 200", "A, A gone, A"],
    ["an answered call was followed by a 410", "0:x=A, 1:A 200, 2:A 410", "A, A gone"],
    ["a 410 was followed by a 301", "0:x=A, 1:A 410, 2:A->B", "A, A gone, B"],
    ["a 301 was followed by a 410 of the old address", "0:x=A, 1:A->B, 2:A 410", "A, B"],
    ["a 410 came twice", "0:x=A, 1:A 410, 2:A 410", "A, A gone"],
    ["an answered call found it active", "0:x=A, 1:A 200", "A"],
    ["it was gone, answered and gone again", "0:x=A, 1:A 410, 2:A 200, 3:A 410", "A, A gone, A, A gone"],
    ["a late 410 is older than an answered call", "0:x=A, 2:A 200, 1:A 410", "A, A gone, A"],
    ["a person set it to gone and a call was answered later", "0:x=A gone, 1:A 200", "A gone, A"],
    ["a person set it to gone and it moved later", "0:x=A gone, 1:A->B", "A gone, B"],
    ["a person removed it and calls went on", "0:x=A, 1:x=A removed, 2:A 200, 3:A->B", "A removed"],
  ] as const)("when %s", ([, story, path]) => {
    expect(pathOf(tell(story), "x")).toBe(path);
  });
});

describe("time", () => {
  test.for([
    ["of two 301s the earlier takes the address", "0:x=A, 1:A->B, 3:A->C", "A, B"],
    ["of two 301s the earlier takes the address, though it came late", "0:x=A, 3:A->C, 1:A->B", "A, B"],
    ["a 410 about the new address before the move is about nobody here", "0:x=A, 1:B 410, 2:A->B", "A, B"],
    ["at one instant an answered call comes after a 410", "0:x=A, 1:A 200, 1:A 410", "A, A gone, A"],
    ["at one instant a 301 comes after a 410", "0:x=A, 1:A->B, 1:A 410", "A, A gone, B"],
    [
      "at one instant a 301 comes after an answered call",
      "0:x=A, 1:A 410, 2:A->B, 2:A 200",
      "A, A gone, A, B",
    ],
    ["of two 301s at one instant the lower id wins", "0:x=A, 3:A->C #1, 3:A->B #2", "A, C"],
    ["two hops of one second count, whatever their ids", "0:x=A, 1:A->B #2, 1:B->C #1", "A, B, C"],
    ["two hops of one second count in the other order too", "0:x=A, 1:A->B #1, 1:B->C #2", "A, B, C"],
    ["a 410 of the new address in the second of the move counts", "0:x=A, 1:A->B, 1:B 410", "A, B, B gone"],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(tell(story), "x")).toBe(path);
  });

  test.for([
    ["0:x=A, 3:A->B, 3:A->C", "0:x=A, 3:A->C, 3:A->B"],
    ["0:x=A, 2:A->B, 1:A->C", "0:x=A, 1:A->C, 2:A->B"],
    ["0:x=A, 1:A->B, 3:B->C, 0.5:A->D, 2:D->B", "0:x=A, 0.5:A->D, 1:A->B, 2:D->B, 3:B->C"],
  ] as const)("the order of arrival does not matter: %s", ([one, other]) => {
    expect(pathOf(tell(one), "x")).toBe(pathOf(tell(other), "x"));
  });

  test("an event that was superseded counts again when a late one leads back to its address", () => {
    expect(pathOf(tell("0:x=A, 1:A->B, 3:B->C"), "x")).toBe("A, B, C");
    expect(pathOf(tell("0:x=A, 1:A->B, 3:B->C, 0.5:A->D"), "x")).toBe("A, D");
    expect(pathOf(tell("0:x=A, 1:A->B, 3:B->C, 0.5:A->D, 2:D->B"), "x")).toBe("A, D, B, C");
  });

  test("a 301 that leads nowhere changes nothing, and the fold goes on", () => {
    const { assertions, events } = tell("0:x=A, 1:A->B, 2:A 410");
    const lost = [...events].map(
      ([key, list]) => [key, list.map((event) => ({ ...event, target: null }))] as const,
    );
    expect(pathOf({ assertions, events: new Map(lost) }, "x")).toBe("A, A gone");
  });
});

describe("a loop", () => {
  test.for([
    ["is skipped", "0:x=A, 1:A->B, 2:B->A", "A, B, loop"],
    ["does not make the address deaf", "0:x=A, 1:A->B, 2:B->A, 3:B 410", "A, B, loop, B gone"],
    ["may be long", "0:x=A, 1:A->B, 2:B->C, 3:C->A, 4:C->B, 5:C->D", "A, B, C, loop, loop, D"],
    ["is a move to the present address as well", "0:x=A, 1:A->A, 2:A->B, 3:B->B", "A, loop, B, loop"],
    ["does not heal a gone address", "0:x=A, 1:A->B, 2:B 410, 3:B->A", "A, B, B gone, loop"],
    ["is none where a person set the address since", "0:x=A, 1:A->B, 2:x=B, 3:B->A, 4:A 410", "B, A, A gone"],
    ["of one instant ends", "0:x=A, 1:A->B, 1:B->A", "A, B, loop"],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(tell(story), "x")).toBe(path);
  });

  test("a return that a person accepts is an assertion at the time of the event", () => {
    expect(pathOf(tell("0:x=A, 1:A->B, 2:B->A, 3:A->C, 2:x=A"), "x")).toBe("A, C");
  });
});

describe("what a person says", () => {
  test.for([
    ["beats what happened before", "0:x=A, 1:A->B, 5:x=A", "A"],
    ["beats what happened at the same instant", "5:x=A, 5:A 410", "A"],
    ["does not beat what happened after", "0:x=A, 1:A->B, 5:x=A, 6:A->B", "A, B"],
    ["beats what was received before, by whatever clock", "0:x=A, 5:x=A, 6:A 410 received 4", "A"],
    ["beats what was received at the same instant", "0:x=A, 5:x=A, 6:A 410 received 5", "A"],
    ["beats what happened before and was received after", "5:x=A, 3:A 410 received 6", "A"],
    ["does not beat what was received after", "5:x=A, 6:A 410 received 5.5", "A, A gone"],
    ["is not followed by an older event behind a younger one", "5:x=A, 6:A->B, 7:B->C received 5", "A, B"],
    ["is not changed by an event about the former address", "0:x=A, 5:x=X, 3:A->B, 6:A->B", "X"],
    [
      "is an undo of a rewrite: the same old evidence does not act again",
      "0:x=A, 1:A->B, 5:x=A, 3:A->C",
      "A",
    ],
    ["about the past folds forward over what is known", "1:A->B, 3:B 410, 0:x=A", "A, B, B gone"],
    ["now passes over what is known", "1:A->B, 3:B 410, 8:x=A", "A"],
    ["that is older than what was said last changes nothing", "5:x=A, 2:x=B", "A"],
    ["last at one instant counts", "5:x=B, 5:x=A", "A"],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(tell(story), "x")).toBe(path);
  });
});

describe("a removal by a person", () => {
  // of address x, while y is the one that was removed
  test.for([
    [
      "takes an address that had come to the key by then",
      "0:x=A, 0:y=B, 5:y=B removed, 1:A->B",
      "A, B, B removed",
    ],
    ["bars the key from then on", "0:x=A, 0:y=B, 5:y=B removed, 7:A->B", "A, held removed-by-person"],
    [
      "bars the key and not the address",
      "0:x=A, 0:y=B, 5:y=B removed, 7:A->B, 8:A->C",
      "A, held removed-by-person, C",
    ],
    [
      "bars nothing at its own instant, but takes what lands",
      "0:x=A, 0:y=B, 5:y=B removed, 5:A->B",
      "A, B, B removed",
    ],
    ["is over once a person adds the address again", "0:x=A, 0:y=B, 5:y=B removed, 6:z=B, 7:A->B", "A, B"],
    [
      "is over only from then on",
      "0:x=A, 0:y=B, 5:y=B removed, 6:z=B, 5.5:A->B",
      "A, held removed-by-person",
    ],
    [
      "still bars at the instant it is lifted",
      "0:x=A, 0:y=B, 5:y=B removed, 6:z=B, 6:A->B",
      "A, held removed-by-person",
    ],
    [
      "is about the last word on the key",
      "0:x=A, 0:y=B, 5:y=B removed, 6:z=B, 7:z=B removed, 8:A->B",
      "A, held removed-by-person",
    ],
    ["does not take what a person set later", "0:y=A, 5:y=A removed, 6:x=A", "A"],
    ["does not take what a person set at the same instant", "0:y=A, 5:y=A removed, 5:x=A", "A"],
    ["does not take an address that had left the key", "0:x=A, 0:y=A, 1:A->B, 5:y=A removed", "A, B"],
    ["does not take an address that leaves at its instant", "0:x=A, 0:y=B, 5:y=A removed, 5:A->C", "A, C"],
    ["takes an address that would leave later", "0:x=A, 0:y=A, 5:y=A removed, 6:A->C", "A, A removed"],
    ["takes a gone address", "0:x=A, 0:y=A, 1:A 410, 5:y=A removed, 6:A 200", "A, A gone, A removed"],
    [
      "takes an address whose last event was a loop at its instant",
      "0:x=A, 0:y=A, 5:y=A removed, 5:A->A",
      "A, loop, A removed",
    ],
    ["does not bar what is gone by an event", "0:x=A, 0:y=B, 5:y=B gone, 7:A->B", "A, B"],
    ["does not bar another key", "0:x=A, 0:y=C, 5:y=C removed, 7:A->B", "A, B"],
    [
      "counts from the first of two",
      "0:x=A, 0:y=B, 0:z=B, 5:y=B removed, 6:z=B removed, 1:A->B, 5.5:B->C",
      "A, B, B removed",
    ],
    [
      "that was lifted before the address came gives way to a later one",
      "0:x=A, 0:y=B, 2:y=B removed, 3:z=B, 4:A->B, 8:z=B removed",
      "A, B, B removed",
    ],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(tell(story), "x")).toBe(path);
  });
});

describe("a move that waits for a person", () => {
  test.for([
    ["held by its own rules", "0:x=A, 1:A->B held diversion", "A, held diversion"],
    [
      "held, and a later one goes on",
      "0:x=A, 1:A->B held device-contact, 2:A->C",
      "A, held device-contact, C",
    ],
    [
      "held, and later events about the old address count",
      "0:x=A, 1:A->B held diversion, 2:A 410",
      "A, held diversion, A gone",
    ],
    [
      "held, and events about its target are about nobody here",
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
      "by the address at the event's time, not at its arrival",
      "0:x=A, 3:B->C, 1:A->sips:B",
      "A, sips:B, held sips-downgrade",
    ],
    ["by the address at the event's time, and not by the present one", "0:x=A, 2:A->sips:B, 1:A->C", "A, C"],
    ["a loop is a loop, and not held", "0:x=A, 1:A->B, 2:B->A held diversion", "A, B, loop"],
    [
      "a barred key is a barred key",
      "0:x=A, 0:y=B, 5:y=B removed, 7:A->B held diversion",
      "A, held removed-by-person",
    ],
  ] as const)("%s", ([, story, path]) => {
    expect(pathOf(tell(story), "x")).toBe(path);
  });
});

describe("two addresses of one contact", () => {
  test.for([
    ["merge where one moves to the other", "0:x=A, 0:y=B, 1:A->B", "B"],
    ["go on together after a merge", "0:x=A, 0:y=B, 1:A->B, 2:B->C", "C"],
    ["are gone together after a merge", "0:x=A, 0:y=B, 1:A->B, 2:B 410", "B gone"],
    ["heal together after a merge", "0:x=A, 0:y=B, 1:A->B, 2:B 410, 3:B 200", "B"],
    ["part where the merge never was", "0:x=A, 0:y=B, 4:A->B, 2:A->C", "B, C"],
    ["part when each comes where the other was", "0:x=A, 0:y=B, 1:A->B, 2:B->A", "A, B"],
    ["part the same in one instant", "0:x=A, 0:y=B, 1:A->B, 1:B->A", "A, B"],
    ["both take an edit of the merged one", "0:x=A, 0:y=B, 1:A->B, 5:x=X, 5:y=X", "X"],
    ["do not both take an edit of one row", "0:x=A, 0:y=B, 1:A->B, 5:x=X", "B, X"],
    ["keep the active one in sight", "0:x=A, 5:y=A, 3:A 410", "A"],
    ["are both removed with the key", "0:x=A, 0:y=B, 1:A->B, 5:y=B removed", "nothing"],
    ["do not bring back what a person removed", "0:x=A, 0:y=B, 5:y=B removed, 1:A->B", "nothing"],
    ["show a gone address where nothing else is", "0:x=A, 0:y=B, 1:A 410, 2:B 410", "A gone, B gone"],
  ] as const)("%s", ([, story, shown]) => {
    expect(shownAfter(tell(story))).toBe(shown);
  });
});
