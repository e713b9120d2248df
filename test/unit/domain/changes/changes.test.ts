import { describe, expect, test } from "vitest";
import { type Cause, changesOf, isRewritten } from "../../../../src/domain/changes/changes.ts";
import { contactAfter, sayChange } from "../support/story.ts";

const byEvent: Cause = { kind: "event", eventId: "the last one" };

/** The changes of address x when the story so far is replaced by another one. */
function historyBetween(story: string, next: string, cause: Cause): string {
  const [before, after] = [contactAfter(story).addresses, contactAfter(next).addresses];
  const refolds = after.map(({ id, seen, lineage }) => {
    const known = before.find((address) => address.id === id);
    return { id, before: known?.seen ?? null, after: seen, oldRows: known?.lineage ?? [], newRows: lineage };
  });
  const x = refolds.find(({ id }) => id === "x");
  if (x === undefined || x.after === null) throw new Error("The story has no x");
  const changes = changesOf({
    ...x,
    contactId: "contact",
    addressId: "x",
    after: x.after,
    cause,
    isCorrection: cause.kind === "event" && refolds.some(isRewritten),
  });
  return changes.length === 0 ? "nothing" : changes.map(sayChange).join("; ");
}

/** The changes of address x when `then` is added to the story so far. */
const historyOf = (story: string, then: string, cause: Cause = byEvent): string =>
  historyBetween(story, story === "" ? then : `${story}, ${then}`, cause);

describe("an event that arrives in order", () => {
  test.for([
    ["a move is a rewrite", "0:x=A", "1:A->B", "rewritten A -> B by 1:A->B"],
    ["a 410 is a removal", "0:x=A", "1:A 410", "removed A -> A gone by 1:A 410"],
    [
      "an answered call after a 410 is a restoration",
      "0:x=A, 1:A 410",
      "2:A 200",
      "restored A gone -> A by 2:A 200",
    ],
    ["a move of a gone address is a rewrite", "0:x=A, 1:A 410", "2:A->B", "rewritten A gone -> B by 2:A->B"],
    [
      "each hop is a change",
      "0:x=A",
      "1:A->B, 2:B->C",
      "rewritten A -> B by 1:A->B; rewritten B -> C by 2:B->C",
    ],
    [
      "each step is a change",
      "0:x=A, 1:A->B",
      "2:B 410, 3:B->C",
      "removed B -> B gone by 2:B 410; rewritten B gone -> C by 3:B->C",
    ],
    ["a 410 and an answered call at once change nothing", "0:x=A", "1:A 410, 2:A 200", "nothing"],
    ["an answered call changes nothing", "0:x=A", "1:A 200", "nothing"],
    ["a loop changes nothing", "0:x=A, 1:A->B", "2:B->A", "nothing"],
    ["a held move changes nothing", "0:x=A", "1:A->B held diversion", "nothing"],
    ["a step after a loop is a change", "0:x=A, 1:A->B, 2:B->A", "3:B 410", "removed B -> B gone by 3:B 410"],
    ["a merge into an older address is a merge", "0:w=B, 0:x=A", "1:A->B", "merged A -> B merged by 1:A->B"],
    ["a merge into a younger address is a rewrite", "0:x=A, 0:y=B", "1:A->B", "rewritten A -> B by 1:A->B"],
    [
      "a move that ends in a merge",
      "0:w=C, 0:x=A",
      "1:A->B, 2:B->C",
      "rewritten A -> B by 1:A->B; merged B -> C merged by 2:B->C",
    ],
    ["a move of a hidden address changes nothing", "0:w=B, 0:x=A, 1:A->B", "2:B->C", "nothing"],
    [
      "a hidden address that moves alone",
      "5:w=B, 0:x=A, 1:A->B",
      "3:B->C",
      "rewritten B merged -> C by 3:B->C",
    ],
    [
      "a hidden address that is restored",
      "0:x=A, 3:A 410, 5:y=A",
      "6:A 200",
      "restored A merged -> A by 6:A 200",
    ],
    [
      "a hidden address that is shown when the other one moves",
      "0:w=B, 0:x=A, 1:A->B",
      "5:w=X",
      "restored B merged -> B by the last one",
    ],
    [
      "an address that is hidden when another one arrives",
      "5:x=B, 0:w=A",
      "4:A->B",
      "merged B -> B merged by the last one",
    ],
  ] as const)("%s", ([, story, then, history]) => {
    expect(historyOf(story, then)).toBe(history);
  });
});

describe("an event that arrives late", () => {
  test.for([
    ["and changes the past makes one correction", "0:x=A, 3:A->B", "1:A->C", "corrected B -> C by 1:A->C"],
    [
      "and changes the whole past makes one correction",
      "0:x=A, 3:A->B, 4:B->D",
      "1:A->C, 2:C 410",
      "corrected D -> C gone by 1:A->C",
    ],
    ["and leads to the same address changes nothing", "0:x=A, 3:A->B", "1:A->B", "nothing"],
    ["and leads to it by other hops changes nothing", "0:x=A, 3:A->B", "1:A->C, 2:C->B", "nothing"],
    ["and was followed by an answered call changes nothing", "0:x=A, 3:A 200", "1:A 410", "nothing"],
    ["and is a 410 of a gone address changes nothing", "0:x=A, 3:A 410", "1:A 410", "nothing"],
    ["and is an answered call before a 410 changes nothing", "0:x=A, 1:A 410, 3:A 410", "2:A 200", "nothing"],
    [
      "and leads to an address that a person has removed since",
      "0:x=A, 0:y=B, 5:y=B removed",
      "1:A->B",
      "rewritten A -> B by 1:A->B; removed B -> B removed by the last one",
    ],
    ["and reverts a merge", "0:w=B, 0:x=A, 4:A->B", "2:A->C", "corrected B merged -> C by 2:A->C"],
    ["and is older than the move changes nothing", "0:x=A, 3:A->B", "1:B 410", "nothing"],
    ["and is a 410 of the old address changes nothing", "0:x=A, 1:A->B", "0.5:A 410", "nothing"],
  ] as const)("%s", ([, story, then, history]) => {
    expect(historyOf(story, then)).toBe(history);
  });

  test("and removes the step of another event is a correction by its own cause", () => {
    expect(historyBetween("0:x=A, 1:A 410", "0:x=A", byEvent)).toBe("corrected A gone -> A by the last one");
  });

  // x does not move, and w changes
  test.for([
    [
      "shows an address by a correction if the other one was corrected",
      "0:w=A, 0:x=B, 4:A->B",
      "2:A->C",
      "corrected B merged -> B by the last one",
    ],
    [
      "shows an address by a restoration if the other one moved",
      "0:w=B, 5:x=B",
      "2:B 410",
      "restored B merged -> B by the last one",
    ],
    [
      "hides the younger of two addresses",
      "0:w=A, 0:x=B, 4:A->C",
      "2:A->B",
      "merged B -> B merged by the last one",
    ],
  ] as const)("and %s", ([, story, then, history]) => {
    expect(historyOf(story, then)).toBe(history);
  });

  test("has its contact and its address", () => {
    const seen = { key: "A", uri: "sip:A@example.com", state: "active" } as const;
    const [change] = changesOf({
      contactId: "contact",
      addressId: "x",
      before: null,
      after: seen,
      oldRows: [],
      newRows: contactAfter("0:x=A").addresses.flatMap(({ lineage }) => lineage),
      cause: { kind: "import" },
      isCorrection: false,
    });
    expect(change).toEqual({
      contactId: "contact",
      addressId: "x",
      kind: "asserted",
      before: null,
      after: seen,
      cause: { kind: "import" },
    });
  });
});

describe("a command", () => {
  const person: Cause = { kind: "person" };

  test.for([
    ["adds an address", "", "5:x=A", "asserted nothing -> A by person"],
    [
      "adds an address that has moved since",
      "1:A->B",
      "0:x=A",
      "asserted nothing -> A by person; rewritten A -> B by 1:A->B",
    ],
    ["adds an address that the contact has", "0:w=A", "5:x=A", "nothing"],
    ["adds an address that has moved to another one", "0:w=B, 1:A->B", "0:x=A", "nothing"],
    ["sets an address", "0:x=A", "5:x=X", "asserted A -> X by person"],
    ["sets another spelling", "0:x=A", "5:x=A'", "asserted A -> A' by person"],
    ["sets an address back", "0:x=A, 1:A->B", "5:x=A", "asserted B -> A by person"],
    ["sets the present address", "0:x=A, 1:A->B", "5:x=B", "nothing"],
    ["brings back a gone address", "0:x=A, 1:A 410", "5:x=A", "asserted A gone -> A by person"],
    [
      "sets an address to another one of the contact",
      "0:w=B, 0:x=A",
      "5:x=B",
      "merged A -> B merged by person",
    ],
    [
      "sets an address that then moves",
      "0:x=A, 6:C->D",
      "5:x=C",
      "asserted A -> C by person; rewritten C -> D by 6:C->D",
    ],
    ["removes an address", "0:x=A, 1:A->B", "5:x=B removed", "removed B -> B removed by person"],
    ["removes a hidden address", "0:w=B, 0:x=A, 1:A->B", "5:x=B removed", "nothing"],
    [
      "removes an address under another one",
      "0:x=A, 1:A->B, 0:y=B",
      "5:y=B removed",
      "removed B -> B removed by person",
    ],
    [
      "removes an address in its past",
      "0:x=A, 1:A->B, 6:B->C, 0:y=B",
      "5:y=B removed",
      "removed C -> B removed by person",
    ],
    [
      "removes the address before a hidden one",
      "0:w=B, 0:x=A, 1:A->B",
      "5:w=B removed, 5:x=X",
      "asserted B merged -> X by person",
    ],
  ] as const)("of a person that %s", ([, story, then, history]) => {
    expect(historyOf(story, then, person)).toBe(history);
  });

  test.for([
    ["puts an address back", "0:x=A, 1:A->B", "5:x=A", "restored B -> A by undo"],
    ["removes an address", "0:x=A", "5:x=A removed", "removed A -> A removed by undo"],
    ["puts a gone address back", "0:x=A, 1:A 410, 2:A 200", "5:x=A gone", "removed A -> A gone by undo"],
    [
      "puts an address back under another one",
      "0:w=A, 0:x=A, 1:w=W, 1:A->B",
      "5:x=W",
      "merged B -> W merged by undo",
    ],
  ] as const)("of an undo that %s", ([, story, then, history]) => {
    expect(historyOf(story, then, { kind: "undo" })).toBe(history);
  });

  test("of an import that adds an address", () => {
    expect(historyOf("", "0:x=A", { kind: "import" })).toBe("asserted nothing -> A by import");
  });
});
