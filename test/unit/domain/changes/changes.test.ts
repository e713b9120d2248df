import { describe, expect, test } from "vitest";
import { type Cause, changesOf, isRewritten } from "../../../../src/domain/changes/changes.ts";
import { contactAfter, sayChange } from "../support/story.ts";

const byEvent: Cause = { kind: "event", eventId: "the last one" };

/** What history says of address x when the story so far turns into another one. */
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

/** What history says of address x when `then` joins the story so far. */
const historyOf = (story: string, then: string, cause: Cause = byEvent): string =>
  historyBetween(story, story === "" ? then : `${story}, ${then}`, cause);

describe("an event that comes in order", () => {
  test.for([
    ["a move is rewritten", "0:x=A", "1:A->B", "rewritten A -> B by 1:A->B"],
    ["a 410 is removed", "0:x=A", "1:A 410", "removed A -> A gone by 1:A 410"],
    ["a heal is restored", "0:x=A, 1:A 410", "2:A 200", "restored A gone -> A by 2:A 200"],
    ["a move of what is gone is rewritten", "0:x=A, 1:A 410", "2:A->B", "rewritten A gone -> B by 2:A->B"],
    [
      "each hop is a row",
      "0:x=A",
      "1:A->B, 2:B->C",
      "rewritten A -> B by 1:A->B; rewritten B -> C by 2:B->C",
    ],
    [
      "each step is a row",
      "0:x=A, 1:A->B",
      "2:B 410, 3:B->C",
      "removed B -> B gone by 2:B 410; rewritten B gone -> C by 3:B->C",
    ],
    ["what is healed at once is nothing", "0:x=A", "1:A 410, 2:A 200", "nothing"],
    ["an answered call is nothing", "0:x=A", "1:A 200", "nothing"],
    ["a loop is nothing", "0:x=A, 1:A->B", "2:B->A", "nothing"],
    ["what waits for a person is nothing", "0:x=A", "1:A->B held diversion", "nothing"],
    ["a step after a loop is a row", "0:x=A, 1:A->B, 2:B->A", "3:B 410", "removed B -> B gone by 3:B 410"],
    ["a merge into an older address", "0:w=B, 0:x=A", "1:A->B", "merged A -> B merged by 1:A->B"],
    ["a merge into a younger address is rewritten", "0:x=A, 0:y=B", "1:A->B", "rewritten A -> B by 1:A->B"],
    [
      "a move that ends in a merge",
      "0:w=C, 0:x=A",
      "1:A->B, 2:B->C",
      "rewritten A -> B by 1:A->B; merged B -> C merged by 2:B->C",
    ],
    ["what a hidden address does is nothing", "0:w=B, 0:x=A, 1:A->B", "2:B->C", "nothing"],
    [
      "a hidden address that goes on alone",
      "5:w=B, 0:x=A, 1:A->B",
      "3:B->C",
      "rewritten B merged -> C by 3:B->C",
    ],
    [
      "a hidden address that is healed",
      "0:x=A, 3:A 410, 5:y=A",
      "6:A 200",
      "restored A merged -> A by 6:A 200",
    ],
    [
      "a hidden address that is shown because the other one leaves",
      "0:w=B, 0:x=A, 1:A->B",
      "5:w=X",
      "restored B merged -> B by the last one",
    ],
    [
      "an address that is hidden because another one comes",
      "5:x=B, 0:w=A",
      "4:A->B",
      "merged B -> B merged by the last one",
    ],
  ] as const)("%s", ([, story, then, history]) => {
    expect(historyOf(story, then)).toBe(history);
  });
});

describe("an event that comes late", () => {
  test.for([
    ["and changes the past is one correction", "0:x=A, 3:A->B", "1:A->C", "corrected B -> C by 1:A->C"],
    [
      "and changes all of the past is one correction",
      "0:x=A, 3:A->B, 4:B->D",
      "1:A->C, 2:C 410",
      "corrected D -> C gone by 1:A->C",
    ],
    ["and leads to the same address is nothing", "0:x=A, 3:A->B", "1:A->B", "nothing"],
    ["and leads to it by another way is nothing", "0:x=A, 3:A->B", "1:A->C, 2:C->B", "nothing"],
    ["and was healed long ago is nothing", "0:x=A, 3:A 200", "1:A 410", "nothing"],
    ["and changes what is gone already is nothing", "0:x=A, 3:A 410", "1:A 410", "nothing"],
    ["and heals the past is nothing", "0:x=A, 1:A 410, 3:A 410", "2:A 200", "nothing"],
    [
      "and leads to what a person has removed since",
      "0:x=A, 0:y=B, 5:y=B removed",
      "1:A->B",
      "rewritten A -> B by 1:A->B; removed B -> B removed by the last one",
    ],
    ["and parts what had merged", "0:w=B, 0:x=A, 4:A->B", "2:A->C", "corrected B merged -> C by 2:A->C"],
    ["and is about the time before is nothing", "0:x=A, 3:A->B", "1:B 410", "nothing"],
    ["and is about what it moved from later is nothing", "0:x=A, 1:A->B", "0.5:A 410", "nothing"],
  ] as const)("%s", ([, story, then, history]) => {
    expect(historyOf(story, then)).toBe(history);
  });

  test("and takes the step of another one away is a correction by what set it off", () => {
    expect(historyBetween("0:x=A, 1:A 410", "0:x=A", byEvent)).toBe("corrected A gone -> A by the last one");
  });

  // x stays where it was, and w is what came out otherwise
  test.for([
    [
      "shows what it had hidden by a correction",
      "0:w=A, 0:x=B, 4:A->B",
      "2:A->C",
      "corrected B merged -> B by the last one",
    ],
    [
      "shows by a restoration what another one only left",
      "0:w=B, 5:x=B",
      "2:B 410",
      "restored B merged -> B by the last one",
    ],
    [
      "hides what comes to the same",
      "0:w=A, 0:x=B, 4:A->C",
      "2:A->B",
      "merged B -> B merged by the last one",
    ],
  ] as const)("and %s", ([, story, then, history]) => {
    expect(historyOf(story, then)).toBe(history);
  });

  test("belongs to the contact and the address", () => {
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
    ["adds an address that another one has", "0:w=A", "5:x=A", "nothing"],
    ["adds an address that has moved to another one", "0:w=B, 1:A->B", "0:x=A", "nothing"],
    ["sets an address", "0:x=A", "5:x=X", "asserted A -> X by person"],
    ["sets another spelling", "0:x=A", "5:x=A'", "asserted A -> A' by person"],
    ["sets an address back", "0:x=A, 1:A->B", "5:x=A", "asserted B -> A by person"],
    ["sets what is there", "0:x=A, 1:A->B", "5:x=B", "nothing"],
    ["brings back what is gone", "0:x=A, 1:A 410", "5:x=A", "asserted A gone -> A by person"],
    [
      "sets an address to another one of the contact",
      "0:w=B, 0:x=A",
      "5:x=B",
      "merged A -> B merged by person",
    ],
    [
      "sets an address that moves at once",
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
  ] as const)("of a person %s", ([, story, then, history]) => {
    expect(historyOf(story, then, person)).toBe(history);
  });

  test.for([
    ["puts an address back", "0:x=A, 1:A->B", "5:x=A", "restored B -> A by undo"],
    ["takes an address away", "0:x=A", "5:x=A removed", "removed A -> A removed by undo"],
    ["puts a gone address back", "0:x=A, 1:A 410, 2:A 200", "5:x=A gone", "removed A -> A gone by undo"],
    [
      "puts an address back under another one",
      "0:w=A, 0:x=A, 1:w=W, 1:A->B",
      "5:x=W",
      "merged B -> W merged by undo",
    ],
  ] as const)("of an undo %s", ([, story, then, history]) => {
    expect(historyOf(story, then, { kind: "undo" })).toBe(history);
  });

  test("of an import adds an address", () => {
    expect(historyOf("", "0:x=A", { kind: "import" })).toBe("asserted nothing -> A by import");
  });
});
