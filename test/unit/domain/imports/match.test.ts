import { expect, test } from "vitest";
import { type MatchCandidate, matchRows } from "../../../../src/domain/imports/match.ts";
import type { Row } from "../../../../src/domain/imports/plan.ts";

const contact = (
  contactId: string,
  externalId: string | null = null,
  isArchived = false,
): MatchCandidate => ({
  contactId,
  externalId,
  isArchived,
});

/** Contacts by their address, with their external ids. */
const holders: Readonly<Record<string, readonly MatchCandidate[]>> = {
  a: [contact("Alice", "1")],
  b: [contact("Bob")],
  shared: [contact("Alice", "1"), contact("Bob")],
  twins: [contact("Bob"), contact("Ben")],
  old: [contact("Bob"), contact("Gone", null, true)],
  gone: [contact("Gone", null, true)],
};

/** For each row, written as `external-id key key` with - for no id, the contact that it found and how. */
function match(...given: readonly string[]): readonly string[] {
  const rows = given.map((line, i): Row => {
    const [id = "", ...keys] = line.split(" ");
    return {
      row: i + 1,
      externalId: id === "-" ? null : id,
      name: "",
      isPartial: false,
      addresses: keys.map((key) => ({ key, uri: key, label: null, assertedAt: null })),
    };
  });
  const { groups, ambiguous } = matchRows(
    rows.map((row) => [row]),
    {
      byExternalId: new Map([["1", contact("Alice", "1")]]),
      byKey: new Map(Object.entries(holders)),
    },
    ({ row }) => `new ${row}`,
  );
  return rows.map((row) => {
    const group = groups.find((each) => each.rows.includes(row));
    const several = ambiguous.find((each) => each.rows.includes(row));
    return group === undefined
      ? `several: ${several?.contactIds.join(", ")}`
      : `${group.contactId} by ${group.found}`;
  });
}

const cases: [string, readonly string[], readonly string[]][] = [
  ["its external id is known", ["1 b"], ["Alice by external-id"]],
  ["its external id and its address are new", ["2 c"], ["new 1 by new"]],
  ["its external id is new, and the contact with the address has none", ["2 b"], ["Bob by adopts"]],
  ["its external id is new, and the contact with the address has another id", ["2 a"], ["new 1 by new"]],
  ["its external id is new, and one contact with the address has no id", ["2 shared"], ["Bob by adopts"]],
  ["it has only an address, of one contact", ["- a"], ["Alice by address"]],
  ["it has only an address, of several contacts", ["- shared"], ["several: Alice, Bob"]],
  [
    "its external id is new, and several contacts with the address have none",
    ["2 twins"],
    ["several: Bob, Ben"],
  ],
  ["its addresses belong to different contacts", ["- a b"], ["several: Alice, Bob"]],
  ["one of the contacts that had the address is archived", ["- old"], ["Bob by address"]],
  ["all contacts that had the address are archived", ["- gone"], ["Gone by address"]],
  ["it is empty", ["-"], ["new 1 by new"]],
  ["an earlier row made the contact", ["2 c", "- c d", "- d"], Array(3).fill("new 1 by new")],
  ["an earlier row took the contact without an id", ["2 b", "3 b"], ["Bob by adopts", "new 2 by new"]],
  ["an earlier row gave the contact an address", ["1 c", "- c"], Array(2).fill("Alice by external-id")],
  ["a later row knows the contact by its id", ["- a", "1 a"], Array(2).fill("Alice by external-id")],
];

test.for(cases)("when %s", ([, given, expected]) => {
  expect(match(...given)).toEqual(expected);
});
