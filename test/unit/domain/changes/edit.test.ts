import { describe, expect, test } from "vitest";
import { planEdit } from "../../../../src/domain/changes/edit.ts";
import { give, sayEdit } from "../support/given.ts";
import { contactAfter } from "../support/story.ts";

/** The edit that a list makes after a story. The caller may name the version that it read. */
const edited = (story: string, list: string, isVersioned = false): string =>
  sayEdit(planEdit(contactAfter(story), give(list), isVersioned));

type EditCase = readonly [when: string, story: string, list: string, expected: string];

describe("a list of addresses", () => {
  test.for<EditCase>([
    ["that repeats the shown addresses changes nothing", "0:x=A, 0:y=B", "A, B", "nothing"],
    ["in another order changes nothing", "0:x=A, 0:y=B", "B, A", "nothing"],
    ["adds a new address", "0:x=A", "A, B", "add B"],
    ["adds to an empty contact", "", "A, B", "add A, add B"],
    ["adds a new address with its own time", "5:x=A", "A, B@3", "add B"],
    ["removes an address that it leaves out", "0:x=A, 0:y=B", "A", "remove B"],
    ["that is empty removes everything", "0:x=A, 0:y=B", "", "remove A, remove B"],
    ["replaces an address by another", "0:x=A", "B", "add B, remove A"],
    ["replaces an address by its id", "0:x=A", "x:B", "set x=B"],
    ["swaps two addresses by their ids", "0:x=A, 0:y=B", "x:B, y:A", "set x=B, set y=A"],
    ["replaces an address by id and adds it again", "0:x=A", "x:C, A", "set x=C, add A"],
    ["by id and by key keeps both", "0:x=A, 0:y=B", "B, x:A", "nothing"],
    ["in another spelling changes nothing", "0:x=A", "A'", "nothing"],
    ["that names an unknown id is refused", "0:x=A", "A, w:B", "refuse 1: unknown-address"],
    [
      "that names only an unknown id removes the rest and reports the id",
      "0:x=A",
      "w:A",
      "remove A, refuse 0: unknown-address",
    ],
  ])("%s", ([, story, list, expected]) => {
    expect(edited(story, list)).toBe(expected);
  });
});

describe("a CRM that sends its old copy every night", () => {
  test.for<EditCase>([
    ["leaves a moved address", "0:x=A, 1:A->B", "A", "nothing"],
    ["leaves a moved address in another spelling", "0:x=A, 1:A->B", "A'", "nothing"],
    ["leaves an address that moved twice", "0:x=A, 1:A->B, 2:B->C", "A", "nothing"],
    ["leaves an intermediate address", "0:x=A, 1:A->B, 2:B->C", "B", "nothing"],
    ["may already have the new address", "0:x=A, 1:A->B", "B", "nothing"],
    ["may already have the new address in another spelling", "0:x=A, 1:A->B", "B'", "nothing"],
    ["may have the old and the new one", "0:x=A, 1:A->B", "A, B", "nothing"],
    ["may have the new and the old one", "0:x=A, 1:A->B", "B, A", "nothing"],
    ["may have all earlier addresses", "0:x=A, 1:A->B, 2:B->C", "A, B, C", "nothing"],
    ["leaves a gone address", "0:x=A, 1:A 410", "A", "nothing"],
    ["leaves an address that is gone after a move", "0:x=A, 1:A->B, 2:B 410", "A", "nothing"],
    ["may leave out a gone address", "0:x=A, 1:A 410", "", "nothing"],
    ["adds beside a gone address", "0:x=A, 1:A 410", "B", "add B"],
    ["leaves a merged address", "0:x=A, 0:y=B, 1:A->B", "A, B", "nothing"],
    ["leaves a merged address in another order", "0:x=A, 0:y=B, 1:A->B", "B, A", "nothing"],
    ["leaves a merged address that moved on", "0:x=A, 0:y=B, 1:A->B, 2:B->C", "A, B", "nothing"],
    [
      "leaves a merged address that moved on, in another order",
      "0:x=A, 0:y=B, 1:A->B, 2:B->C",
      "B, A",
      "nothing",
    ],
    ["that has only the merged address keeps it", "0:x=A, 0:y=B, 1:A->B", "A", "nothing"],
    ["that has only the other address of a merge keeps it", "0:x=A, 0:y=B, 1:A->B", "B", "nothing"],
    [
      "leaves two addresses that moved one after the other",
      "0:x=A, 0:y=B, 1:B->C, 2:A->B",
      "A, B",
      "nothing",
    ],
    [
      "leaves two addresses that moved one after the other, as shown",
      "0:x=A, 0:y=B, 1:B->C, 2:A->B",
      "B, C",
      "nothing",
    ],
    ["removes a dropped address under its new URI", "0:x=A, 0:y=C, 1:A->B", "C", "remove B"],
    ["removes a merged address if it has dropped both", "0:x=A, 0:y=B, 1:A->B", "", "remove B"],
    ["keeps an address that a person set since", "0:x=A, 1:A->B, 5:x=X", "X", "nothing"],
    ["adds the address from before a person's edit", "0:x=A, 1:A->B, 5:x=X", "A", "add A, remove X"],
  ])("%s", ([, story, list, expected]) => {
    expect(edited(story, list)).toBe(expected);
  });

  test("keeps the address that it set, even if another one had the same URI for a time", () => {
    const story = "0:x=C, 3:y=A, 1:C->A, 2:A->B, 4:A->E";
    expect(edited(story, "A")).not.toContain("remove E");
  });
});

describe("assertedAt", () => {
  test.for<EditCase>([
    ["insists when it is newer", "5:x=A, 6:A->B", "A@7", "set x=A"],
    ["insists on the shown address", "5:x=A, 6:A->B", "B@7", "set x=B"],
    ["insists on an address that never changed", "5:x=A", "A@7", "set x=A"],
    ["insists on another spelling", "5:x=A", "A'@7", "set x=A'"],
    ["brings back a gone address", "5:x=A, 6:A 410", "A@7", "set x=A"],
    ["of the last assertion repeats it", "5:x=A, 6:A->B", "A@5", "nothing"],
    ["of the last assertion repeats it, also for a gone address", "5:x=A, 6:A 410", "A@5", "nothing"],
    ["older than the last assertion repeats it", "5:x=A, 6:A->B", "A@4", "nothing"],
    ["older than the last assertion leaves the shown address", "5:x=A, 6:A->B", "B@4", "nothing"],
    ["insists by id when it is newer", "5:x=A, 6:A->B", "x:A@6", "set x=A"],
    ["insists by id on a new address", "5:x=A", "x:C@6", "set x=C"],
    ["by id repeats the known address", "5:x=A, 6:A->B", "x:A@5", "nothing"],
    [
      "older than the last assertion is too old for a new address by id",
      "5:x=A",
      "x:C@4",
      "refuse 0: stale-assertion",
    ],
    [
      "older than the last assertion is too old by id",
      "5:x=A, 5:y=B",
      "B, x:C@4",
      "refuse 1: stale-assertion",
    ],
    ["is compared with the shown one of two", "0:x=A, 5:y=A, 3:A 410", "A@6", "set y=A"],
    ["may be too old for the shown one of two", "0:x=A, 5:y=A, 3:A 410", "A@4", "nothing"],
    [
      "older than the assertion of a hidden address on the key is too old",
      "0:x=A, 5:y=B, 1:A->B",
      "x:C@3",
      "refuse 0: stale-assertion",
    ],
    ["is not compared with another key", "5:x=A, 8:y=B", "A@6, B", "set x=A"],
    [
      "is compared with the address that was set there, not with one that moved through",
      "0:x=C, 3:y=A, 1:C->A, 2:A->B, 4:A->E",
      "A@9",
      "set y=A",
    ],
    [
      "is compared with the oldest of the addresses that moved through",
      "0:x=A, 0:y=B, 1:A->D, 1:B->D, 2:D->E",
      "D@3",
      "set x=D",
    ],
    ["does not add the old address with the same time", "5:x=A, 6:A->B", "B, A@5", "nothing"],
    ["adds the old address beside the new one when it is newer", "5:x=A, 6:A->B", "B, A@7", "add A"],
    ["does not add the old address when it is older", "5:x=A, 6:A->B", "B, A@4", "nothing"],
    ["insists on the new address and leaves the old one as it is", "5:x=A, 6:A->B", "A, B@7", "set x=B"],
  ])("%s", ([, story, list, expected]) => {
    expect(edited(story, list)).toBe(expected);
  });

  test("has the same effect in any order of the list", () => {
    const story = "0:x=A, 1:A->B, 2:B->C";
    expect(edited(story, "A, B@3")).toBe(edited(story, "B@3, A"));
  });
});

describe("an edit by id", () => {
  // with the version that was read, and without
  test.for<readonly [when: string, story: string, list: string, versioned: string, unversioned: string]>([
    ["to a new address", "0:x=A, 1:A->B", "x:C", "set x=C", "set x=C"],
    ["to what it was", "0:x=A, 1:A->B", "x:A", "set x=A", "nothing"],
    ["to what it is", "0:x=A, 1:A->B", "x:B", "nothing", "nothing"],
    ["to another spelling", "0:x=A, 1:A->B", "x:B'", "set x=B'", "nothing"],
    ["of a gone address", "0:x=A, 1:A 410", "x:A", "set x=A", "nothing"],
    ["of a gone address, to a new address", "0:x=A, 1:A 410", "x:C", "set x=C", "set x=C"],
    ["of a merged address that is shown", "0:x=A, 0:y=B, 1:A->B", "x:C", "set x=C", "set x=C"],
    ["to a new address, with the assertedAt that was read", "2:x=A, 3:A->B", "x:C@2", "set x=C", "set x=C"],
    ["to what it was, with the assertedAt that was read", "2:x=A, 3:A->B", "x:A@2", "set x=A", "nothing"],
    ["beside what it was", "0:x=A, 1:A->B", "x:B, A", "nothing", "nothing"],
    ["to what it was, beside what it is", "0:x=A, 1:A->B", "x:A, B", "set x=A, add B", "nothing"],
    ["to a new address, beside what it was", "0:x=A, 1:A->B", "x:C, A", "set x=C", "set x=C"],
    ["beside one of another", "0:x=A, 0:y=C, 1:A->B", "x:A, B, y:D", "set x=A, set y=D, add B", "set y=D"],
    ["and by key: the key asserts nothing", "0:x=A, 1:A->B", "A", "nothing", "nothing"],
    ["and by key: another spelling asserts nothing", "0:x=A", "A'", "nothing", "nothing"],
  ])("%s", ([, story, list, versioned, unversioned]) => {
    expect(edited(story, list, true)).toBe(versioned);
    expect(edited(story, list, false)).toBe(unversioned);
  });

  test("may repeat the old URI of a hidden address, which a CRM may still have", () => {
    expect(edited("0:x=A, 0:y=B, 1:A->B", "x:A, y:B")).toBe("nothing");
  });

  test("of a hidden address is refused, because readers do not see it", () => {
    const story = "0:x=A, 0:y=B, 1:A->B";
    expect(edited(story, "x:B, y:C", true)).toBe("refuse 1: unknown-address");
  });
});

describe("an address that a person removed", () => {
  test.for<EditCase>([
    ["is a new address when it is given again", "0:x=A, 5:x=A removed", "A", "add A"],
    ["is a new address with a newer assertedAt", "0:x=A, 5:x=A removed", "A@6", "add A"],
    [
      "is not added with the same time",
      "0:x=A, 5:x=A removed",
      "B, A@5",
      "add B, add A, refuse 1: stale-assertion",
    ],
    ["is not added with an older time", "0:x=A, 5:x=A removed", "A@4", "add A, refuse 0: stale-assertion"],
    ["does not block another address", "0:x=A, 5:x=A removed", "B@4", "add B"],
    ["is only gone, so that an older time adds it", "0:x=A, 5:x=A gone, 6:x=X", "X, A@4", "add A"],
    ["is already removed", "0:x=A, 5:x=A removed", "", "nothing"],
    ["has no id", "0:x=A, 5:x=A removed", "x:A", "refuse 0: unknown-address"],
    ["and added again is known", "0:x=A, 5:x=A removed, 6:y=A", "A", "nothing"],
    [
      "is a new address even if another one had moved to it",
      "0:x=A, 0:y=B, 5:y=B removed, 1:A->B",
      "B",
      "add B",
    ],
    [
      "has no id even if another one had moved to it",
      "0:x=A, 0:y=B, 5:y=B removed, 1:A->B",
      "x:C",
      "refuse 0: unknown-address",
    ],
  ])("%s", ([, story, list, expected]) => {
    expect(edited(story, list)).toBe(expected);
  });
});

describe("labels", () => {
  test("are set only if given, on the address with the key", () => {
    const [a, b, c] = give("A, y:B, C");
    if (a === undefined || b === undefined || c === undefined) throw new Error("Three were given");
    const list = [{ ...a, label: "work" }, { ...b, label: null }, c];
    expect(planEdit(contactAfter("0:x=A, 0:y=B, 0:z=C, 1:A->D"), list, false).relabel).toEqual([
      { addressId: "y", label: null },
      { addressId: "x", label: "work" },
    ]);
  });
});
