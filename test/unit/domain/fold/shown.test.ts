import { describe, expect, test } from "vitest";
import type { AddressState } from "../../../../src/domain/fold/fold.ts";
import {
  hiddenBehind,
  isEmptied,
  isVisible,
  looksSame,
  type Seen,
  type Standing,
  seenAs,
} from "../../../../src/domain/fold/shown.ts";
import { targetOf } from "../support/story.ts";

const on = (id: string, address: string, status: AddressState["status"] = "active"): Standing => ({
  id,
  state: { ...targetOf(address), status },
});

const seen = (address: string, state: Seen["state"] = "active"): Seen => ({ ...targetOf(address), state });

describe("among the addresses on one key", () => {
  test.for<readonly [string, readonly Standing[], readonly (readonly [hidden: string, shown: string])[]]>([
    ["a single address is shown", [on("x", "A"), on("y", "B")], []],
    ["the oldest is shown", [on("x", "A"), on("y", "A")], [["y", "x"]]],
    ["the oldest is shown, whatever the order", [on("y", "A"), on("x", "A")], [["y", "x"]]],
    ["the spelling does not matter", [on("x", "A"), on("y", "sips:A")], [["y", "x"]]],
    ["the active one is shown", [on("x", "A", "gone"), on("y", "A")], [["x", "y"]]],
    ["the active one is shown, whatever the order", [on("y", "A"), on("x", "A", "gone")], [["x", "y"]]],
    ["the oldest of the gone is shown", [on("y", "A", "gone"), on("x", "A", "gone")], [["y", "x"]]],
    ["a removed one is neither shown nor hidden", [on("x", "A", "removed"), on("y", "A")], []],
    [
      "one of three is shown",
      [on("x", "A", "gone"), on("y", "A"), on("z", "A")],
      [
        ["z", "y"],
        ["x", "y"],
      ],
    ],
    [
      "each key has its own",
      [on("w", "A"), on("x", "B"), on("y", "A"), on("z", "B")],
      [
        ["y", "w"],
        ["z", "x"],
      ],
    ],
    ["none is there", [], []],
  ])("%s", ([, standings, hidden]) => {
    expect(hiddenBehind(standings)).toEqual(new Map(hidden));
  });
});

describe("the state that readers see", () => {
  test("is the address's state, or merged if another address is shown instead", () => {
    expect(seenAs({ ...targetOf("A"), status: "gone" }, false)).toEqual(seen("A", "gone"));
    expect(seenAs({ ...targetOf("A"), status: "gone" }, true)).toEqual(seen("A", "merged"));
  });

  test("is visible if it is active or gone", () => {
    expect(
      [null, seen("A"), seen("A", "gone"), seen("A", "merged"), seen("A", "removed")].map(isVisible),
    ).toEqual([false, true, true, false, false]);
  });

  test.for<readonly [string, Seen | null, Seen | null, boolean]>([
    ["no address and no address", null, null, true],
    ["no address and an address", null, seen("A"), false],
    ["an address and itself", seen("A"), seen("A"), true],
    ["an address and another spelling", seen("A"), seen("A'"), false],
    ["an address and another one", seen("A"), seen("B"), false],
    ["an active and a gone one", seen("A"), seen("A", "gone"), false],
    ["a gone and a removed one", seen("A", "gone"), seen("A", "removed"), false],
    ["an active and a merged one", seen("A"), seen("A", "merged"), false],
    ["a merged and a removed one", seen("A", "merged"), seen("B", "removed"), true],
    ["a removed one and no address", seen("A", "removed"), null, true],
  ])("%s look the same or not", ([, a, b, same]) => {
    expect(looksSame(a, b)).toBe(same);
    expect(looksSame(b, a)).toBe(same);
  });
});

describe("a contact is emptied by calls", () => {
  test.for<readonly [string, readonly Seen[], boolean]>([
    ["when its only address is gone", [seen("A", "gone")], true],
    ["when all are gone", [seen("A", "gone"), seen("B", "gone")], true],
    [
      "when the others are merged or removed",
      [seen("A", "gone"), seen("A", "merged"), seen("B", "removed")],
      true,
    ],
    ["not while one is active", [seen("A", "gone"), seen("B")], false],
    ["not when a person removed them all", [seen("A", "removed"), seen("B", "removed")], false],
    ["not when it never had one", [], false],
  ])("%s", ([, all, emptied]) => {
    expect(isEmptied(all)).toBe(emptied);
  });
});
