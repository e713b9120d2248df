import { describe, expect, test } from "vitest";
import type { Cause } from "../../../../src/domain/changes/changes.ts";
import type { ContactFacts, ContactPlan, PlanInput } from "../../../../src/domain/changes/plan.ts";
import { contactAfter, readStory, sayChange, sayState } from "../support/story.ts";
import { plan, withAssertions } from "../support/worker.ts";

type PlanCase = Partial<PlanInput> & Partial<Pick<ContactFacts, "archivedBy">>;

/** The plan for a contact when `then` is added to its story. */
function planned(story: string, then: string, { archivedBy = null, ...options }: PlanCase = {}): ContactPlan {
  const known = contactAfter(story);
  const joined = readStory([story, then].filter((part) => part !== "").join(", "));
  const ids = new Set(known.assertions.map(({ id }) => id));
  const made = joined.assertions.filter(({ id }) => !ids.has(id));
  const contact = withAssertions({ ...known, archivedBy }, made);
  return plan({ contact, events: [...joined.events.values()].flat() }, options);
}

const say = ({ archivedBy, changes }: ContactPlan): string =>
  [archivedBy === null ? "kept" : `archived: ${archivedBy}`, ...changes.map(sayChange)].join("; ");

const person: Cause = { kind: "person" };

describe("a contact whose addresses calls removed", () => {
  test.for<readonly [when: string, story: string, then: string, options: PlanCase, expected: string]>([
    [
      "is archived with its last address",
      "0:x=A",
      "1:A 410",
      {},
      "archived: empty; removed A -> A gone by 1:A 410; archived by 1:A 410",
    ],
    [
      "is archived only once",
      "0:x=A, 0:y=B",
      "1:A 410, 2:B 410",
      {},
      "archived: empty; removed A -> A gone by 1:A 410; removed B -> B gone by 2:B 410; archived by 2:B 410",
    ],
    [
      "stays while another address is active",
      "0:x=A, 0:y=B",
      "1:A 410",
      {},
      "kept; removed A -> A gone by 1:A 410",
    ],
    [
      "stays if the policy keeps it",
      "0:x=A",
      "1:A 410",
      { emptyContact: "keep" },
      "kept; removed A -> A gone by 1:A 410",
    ],
    ["stays archived", "0:x=A, 1:A 410", "2:A 410", { archivedBy: "empty" }, "archived: empty"],
    [
      "comes back when an address is answered",
      "0:x=A, 1:A 410",
      "2:A 200",
      { archivedBy: "empty" },
      "kept; restored A gone -> A by 2:A 200; restored by 2:A 200",
    ],
    [
      "comes back when an address moves",
      "0:x=A, 1:A 410",
      "2:A->B",
      { archivedBy: "empty" },
      "kept; rewritten A gone -> B by 2:A->B; restored by 2:A->B",
    ],
    [
      "comes back when a person adds an address",
      "0:x=A, 1:A 410",
      "5:y=B",
      { archivedBy: "empty", cause: person },
      "kept; asserted nothing -> B by person; restored by person",
    ],
    [
      "is archived when a person removes its last address",
      "0:x=A, 0:y=B, 1:A 410",
      "5:y=B removed",
      { cause: person },
      "archived: empty; removed B -> B removed by person; archived by person",
    ],
    [
      "comes back if the policy keeps it now",
      "0:x=A, 1:A 410",
      "2:A 410",
      { archivedBy: "empty", emptyContact: "keep" },
      "kept; restored by the last one",
    ],
  ])("%s", ([, story, then, options, expected]) => {
    expect(say(planned(story, then, options))).toBe(expected);
  });
});

describe("a contact that a person", () => {
  test.for<readonly [what: string, story: string, then: string, options: PlanCase, expected: string]>([
    ["emptied stays", "0:x=A", "5:x=A removed", { cause: person }, "kept; removed A -> A removed by person"],
    [
      "archives is archived",
      "0:x=A",
      "",
      { archivedByPerson: true, cause: person },
      "archived: person; archived by person",
    ],
    [
      "archived still changes, invisibly",
      "0:x=A",
      "1:A->B",
      { archivedByPerson: true, archivedBy: "person" },
      "archived: person; rewritten A -> B by 1:A->B",
    ],
    [
      "archived stays archived when its last address is gone",
      "0:x=A",
      "1:A 410",
      { archivedByPerson: true, archivedBy: "person" },
      "archived: person; removed A -> A gone by 1:A 410",
    ],
    [
      "archived is not brought back by an answered call",
      "0:x=A, 1:A 410",
      "2:A 200",
      { archivedByPerson: true, archivedBy: "person" },
      "archived: person; restored A gone -> A by 2:A 200",
    ],
    [
      "archived after calls emptied it counts as archived by the person",
      "0:x=A, 1:A 410",
      "",
      { archivedByPerson: true, archivedBy: "empty" },
      "archived: person",
    ],
    [
      "brings back comes back",
      "0:x=A",
      "",
      { archivedBy: "person", cause: person },
      "kept; restored by person",
    ],
    [
      "brings back empty stays archived",
      "0:x=A, 1:A 410",
      "",
      { archivedBy: "person", cause: person },
      "archived: empty",
    ],
    [
      "brings back with an address that has moved since is restored by the person",
      "0:x=A, 1:B->C",
      "0:y=B",
      { archivedBy: "person", cause: person },
      "kept; asserted nothing -> B by person; rewritten B -> C by 1:B->C; restored by person",
    ],
  ])("%s", ([, story, then, options, expected]) => {
    expect(say(planned(story, then, options))).toBe(expected);
  });
});

describe("a plan", () => {
  test("has each address with its key, assertion and the address that hides it", () => {
    const { id, addresses } = planned("0:x=A, 0:y=B", "1:A->B");
    expect(id).toBe("contact");
    expect(
      addresses.map(({ state, base, mergedInto, ...address }) => [
        address.id,
        sayState(state),
        base.uri,
        mergedInto,
      ]),
    ).toEqual([
      ["x", "B", "sip:A@example.com", null],
      ["y", "B", "sip:B@example.com", "x"],
    ]);
  });

  test("corrects all addresses that one late event changed", () => {
    expect(say(planned("0:w=A, 0:x=B, 4:A->B", "2:A->C"))).toBe(
      "kept; corrected B -> C by 2:A->C; corrected B merged -> B by the last one",
    );
  });

  test("corrects nothing if a person changed the past", () => {
    expect(say(planned("0:w=B, 0:x=C, 0:y=B, 6:B->C", "5:y=B removed", { cause: person }))).toBe(
      "kept; removed C -> B removed by person; restored C merged -> C by person",
    );
  });

  test("has a lineage only for addresses whose lineage changed", () => {
    const { addresses } = planned("0:x=A, 0:y=B", "1:A->C");
    expect(addresses.map(({ lineage }) => lineage?.map(({ eventId }) => eventId) ?? null)).toEqual([
      [null, "1:A->C"],
      null,
    ]);
    expect(planned("0:x=A", "1:A->A").addresses[0]?.lineage?.map(({ code }) => code)).toEqual([
      "applied",
      "loop",
    ]);
  });

  test("uses the last assertion of each address", () => {
    const { addresses } = planned("5:x=A, 3:x=B", "6:A->C, 0:y=B, 2:y=D");
    expect(addresses.map(({ state, base }) => [sayState(state), base.at])).toEqual([
      ["C", 5],
      ["D", 2],
    ]);
  });

  test("leaves out an address without an assertion", () => {
    const contact = contactAfter("0:x=A");
    const addresses = [...contact.addresses, { id: "y", seen: null, lineage: [] }];
    expect(plan({ contact: { ...contact, addresses }, events: [] }).addresses.map(({ id }) => id)).toEqual([
      "x",
    ]);
  });

  // when `then` is added to the story: the events of a key since a time, or all of them
  test.for([
    ["a step", "0:x=A", "1:A 410", "A since 1"],
    ["a loop", "0:x=A, 1:A->B", "2:B->A", "A since 2, B since 2"],
    ["a hop", "0:x=A, 1:A->B", "3:B->C", "A since 3, B since 3, C since 3"],
    ["an unrelated event", "0:x=A, 1:A->B", "2:C->D", ""],
    ["a late event", "0:x=A, 3:A->B, 4:B 410", "1:A 410", "A since 1, B since 1"],
    ["a late event that leads elsewhere", "0:x=A, 3:A->B", "1:A->C", "A since 1, C since 1, B"],
    ["a new base", "0:x=A, 1:A->B", "5:x=C", "C, A, B"],
    ["a new base after an older one", "0:x=A, 1:x=B", "5:x=C", "C, B, A"],
    ["a new address", "0:x=A", "0:y=B", "B"],
    ["a removal", "0:x=A, 0:y=B, 1:A->B", "5:y=B removed", "A since 5, B since 5, B"],
  ] as const)("asks for new verdicts after %s", ([, story, then, expected]) => {
    const { rejudge } = planned(story, then);
    expect(rejudge.map(({ key, since }) => (since === null ? key : `${key} since ${since}`)).join(", ")).toBe(
      expected,
    );
  });

  test("asks for new verdicts after a step that was reverted", () => {
    const contact = contactAfter("0:x=A, 1:A 410, 2:A 200");
    expect(
      plan({ contact, events: [...readStory("0:x=A, 2:A 200").events.values()].flat() }).rejudge,
    ).toEqual([{ key: "A", since: 1 }]);
  });
});
