import { describe, expect, test } from "vitest";
import { appliedSteps } from "../../../../src/domain/fold/fold.ts";
import {
  byWeight,
  type Resolution,
  resolveByBook,
  resolveByCalls,
  type Stand,
  type Trail,
} from "../../../../src/domain/resolve/resolve.ts";
import { contactOf, foldOf, readStory, type Story } from "../support/story.ts";

/** "moved to C: A -301-> B -301-> C", "gone: A -410->", "active: A", "unknown", or "nothing" without an answer. */
function say(resolution: Resolution | null): string {
  if (resolution === null) return "nothing";
  const { answer, current, hops } = resolution;
  const [first] = hops;
  const path = first === undefined ? [] : [nameOf(first.from)];
  for (const { status, to } of hops) path.push(to === null ? `-${status}->` : `-${status}-> ${nameOf(to)}`);
  const where = answer === "moved" ? `moved to ${nameOf(current)}` : answer;
  if (answer === "active") return `active: ${nameOf(current)}`;
  return path.length === 0 ? where : `${where}: ${path.join(" ")}`;
}

const nameOf = (uri: string | null): string => (uri ?? "").replace(/^sip:(\w+)@example\.com/, "$1");

/** The trails of one contact's addresses w, x, y and z from a key on. */
function trailsOf(story: Story, key: string, contactId: string, isArchived = false): readonly Trail[] {
  const { addresses } = contactOf(story);
  return addresses.flatMap(({ id, seen }): readonly Trail[] => {
    const stands = standsOf(story, id);
    const first = stands.findIndex((stand) => stand.key === key);
    const asserted = story.assertions.filter((each) => each.addressId === id && each.key === key);
    if (first === -1 && asserted.length === 0) return [];
    const last = stands.at(-1);
    const inFront = addresses.find(
      (other) => other.seen?.key === seen?.key && other.seen?.state === "active",
    );
    const shown = (seen?.state === "merged" ? inFront?.seen : null) ?? null;
    return [
      {
        contactId,
        addressId: `${contactId}${id}`,
        isArchived,
        path: first === -1 ? [] : stands.slice(first),
        shown:
          shown === null
            ? { uri: last?.uri ?? "", status: last?.status ?? "removed" }
            : { uri: shown.uri, status: "active" },
        vouchedAt: asserted.findLast(({ status }) => status === "active")?.at ?? null,
      },
    ];
  });
}

const standsOf = (story: Story, id: string): readonly Stand[] =>
  appliedSteps(foldOf(story, id)).map(({ state, position, eventId }) => ({
    ...state,
    at: position.at,
    eventId,
  }));

const inBook = (key: string, ...contacts: readonly string[]): string => {
  const trails = contacts.flatMap((line, i) => {
    const isArchived = line.startsWith("archived ");
    return trailsOf(readStory(line.replace("archived ", "")), key, `contact${i}`, isArchived);
  });
  return say(resolveByBook(key, byWeight(key, trails)));
};

// for A and a contact with the story …, the book answers …
const ofOneContact: [string, string, string][] = [
  ["an address that was never called", "0:x=A", "active: A"],
  ["answered calls", "0:x=A, 1:A 200, 2:A 200", "active: A"],
  ["a 301", "0:x=A, 1:A->B", "moved to B: A -301-> B"],
  ["a chain", "0:x=A, 1:A->B, 2:B->C", "moved to C: A -301-> B -301-> C"],
  ["a chain within one second", "0:x=A, 1:A->B, 1:B->C", "moved to C: A -301-> B -301-> C"],
  ["a 410", "0:x=A, 1:A 410", "gone: A -410->"],
  ["a second 410", "0:x=A, 1:A 410, 2:A 410", "gone: A -410->"],
  ["a 410 before an answered call", "0:x=A, 1:A 410, 2:A 200", "active: A"],
  ["a 301 after a 410", "0:x=A, 1:A 410, 2:A->B", "moved to B: A -301-> B"],
  ["a chain that ended", "0:x=A, 1:A->B, 2:B 410", "gone: A -301-> B -410->"],
  ["a chain that ended and was healed", "0:x=A, 1:A->B, 2:B 410, 3:B 200", "moved to B: A -301-> B"],
  ["a loop", "0:x=A, 1:A->B, 2:B->A", "moved to B: A -301-> B"],
  ["a loop, then a move", "0:x=A, 1:A->B, 2:B->A, 3:B->C", "moved to C: A -301-> B -301-> C"],
  ["a 301 that is held", "0:x=A, 1:A->B held diversion", "active: A"],
  ["an event from before the assertion", "5:x=A, 1:A->B", "active: A"],
  ["an address that moved there", "0:x=Z, 1:Z->A", "active: A"],
  ["an address that moved there and moved on", "0:x=Z, 1:Z->A, 2:A->B", "moved to B: A -301-> B"],
  ["a merge", "0:x=A, 0:y=B, 1:A->B", "moved to B: A -301-> B"],
  ["a gone address behind one that a person added again", "0:x=A, 1:A 410, 5:y=A", "active: A"],
  [
    "a chain that ends, and a person added the address again",
    "0:x=A, 1:A->B, 2:B 410, 5:y=B",
    "moved to B: A -301-> B",
  ],
  ["another spelling in the book", "0:x=A'", "active: A;transport=tcp"],
  ["removed by a person", "0:x=A, 5:x=A removed", "nothing"],
  ["moved, then removed by a person", "0:x=A, 1:A->B, 5:x=B removed", "nothing"],
  ["set to another by a person", "0:x=A, 5:x=B", "nothing"],
  ["an undo of a 301", "0:x=A, 1:A->B, 5:x=A", "active: A"],
  ["an undo of a restoration", "0:x=A, 1:A 410, 2:A 200, 5:x=A gone", "gone"],
  ["an unknown address", "0:x=B", "nothing"],
  ["an address of a contact that a person archived", "archived 0:x=A, 1:A 200", "nothing"],
  ["a 301 of a contact that a person archived", "archived 0:x=A, 1:A->B", "moved to B: A -301-> B"],
  ["a 410 of a contact that a person archived", "archived 0:x=A, 1:A 410", "gone: A -410->"],
];

test.for(ofOneContact)("%s", ([, story, said]) => {
  expect(inBook("A", story)).toBe(said);
});

describe("several contacts", () => {
  // for A and contacts with the stories …, the book answers …
  const cases: [string, readonly string[], string][] = [
    ["an active address takes precedence", ["0:x=A, 8:A->B", "9:x=A"], "active: A"],
    ["an archived contact comes last", ["archived 0:x=A", "0:x=A, 1:A->B"], "moved to B: A -301-> B"],
    ["the latest event of the address counts", ["0:x=A, 1:A->B", "5:x=A, 6:A->C"], "moved to C: A -301-> C"],
    ["a 410 after a 301", ["0:x=A, 1:A->B", "5:x=A, 6:A 410"], "gone: A -410->"],
    ["a 301 after a 410", ["5:x=A, 6:A->B", "0:x=A, 1:A 410"], "moved to B: A -301-> B"],
    [
      "a later event of another address does not count",
      ["0:x=A, 1:A->B, 9:B->D", "5:x=A, 6:A->C"],
      "moved to C: A -301-> C",
    ],
    ["a removed address does not count", ["0:x=A, 9:x=A removed", "0:x=A, 1:A 410"], "gone: A -410->"],
    ["the oldest of equal answers counts", ["0:x=A", "0:x=A'"], "active: A"],
  ];

  test.for(cases)("%s", ([, contacts, said]) => {
    expect(inBook("A", ...contacts)).toBe(said);
  });

  test("the answer does not depend on the order of reading", () => {
    const trails = [
      ...trailsOf(readStory("0:x=A, 1:A->B"), "A", "a"),
      ...trailsOf(readStory("0:x=A, 1:A->C"), "A", "b"),
      ...trailsOf(readStory("5:x=A, 6:A 410"), "A", "c"),
      ...trailsOf(readStory("0:x=A, 7:x=A removed"), "A", "d"),
      ...trailsOf(readStory("9:x=A"), "A", "e"),
    ];
    const ids = byWeight("A", trails).map(({ contactId }) => contactId);
    expect(ids).toEqual(["e", "c", "a", "b", "d"]);
    expect(byWeight("A", trails.toReversed()).map(({ contactId }) => contactId)).toEqual(ids);
  });
});

describe("calls alone", () => {
  // for an address in no contact with the story …, answered or not, calls answer …
  const cases: [string, string, boolean, string][] = [
    ["no call was answered", "0:x=A", false, "unknown"],
    ["a call was answered", "0:x=A, 1:A 200", true, "active: A"],
    ["a 410", "0:x=A, 1:A 410", false, "gone: A -410->"],
    ["a 410 after an answered call", "0:x=A, 1:A 200, 2:A 410", true, "gone: A -410->"],
    ["a 410 before an answered call", "0:x=A, 1:A 410, 2:A 200", true, "active: A"],
    ["a 301", "0:x=A, 1:A->B", false, "moved to B: A -301-> B"],
    ["a 301 to a gone address", "0:x=A, 1:A->B, 2:B 410", false, "gone: A -301-> B -410->"],
  ];

  test.for(cases)("%s", ([, story, isAnswered, said]) => {
    expect(say(resolveByCalls("sip:A@example.com", standsOf(readStory(story), "x"), isAnswered))).toBe(said);
  });
});

test("only the last 100 hops are reported", () => {
  const story = Array.from({ length: 150 }, (_, i) => `${i + 1}:K${i}->K${i + 1}`).join(", ");
  const resolution = resolveByBook("K0", trailsOf(readStory(`0:x=K0, ${story}`), "K0", "contact"));
  expect(resolution?.hops).toHaveLength(100);
  expect(resolution?.current).toBe("sip:K150@example.com");
  expect(resolution?.hops.at(-1)?.to).toBe("sip:K150@example.com");
});
