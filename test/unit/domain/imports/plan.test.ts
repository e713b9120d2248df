import { describe, expect, test } from "vitest";
import { asserted } from "../../../../src/domain/fold/position.ts";
import {
  type KnownContact,
  planGroup,
  type Row,
  type RowGroup,
} from "../../../../src/domain/imports/plan.ts";

const now = 1_000_000;

const address = (key: string, fields: Partial<Row["addresses"][number]> = {}) => ({
  key,
  uri: `sip:${key}`,
  label: null,
  assertedAt: null,
  ...fields,
});

const row = (fields: Partial<Row> = {}): Row => ({
  row: 1,
  externalId: "crm-1",
  name: "Alice",
  addresses: [address("a"), address("b")],
  isPartial: false,
  ...fields,
});

/** Alice with the addresses a and b, as an import wrote them. */
const known: KnownContact = {
  name: "Alice",
  isMissed: false,
  labels: new Map([["id-a", "work"]]),
  facts: {
    id: "contact",
    archivedBy: null,
    assertions: ["a", "b"].map((key) => ({
      id: key,
      addressId: `id-${key}`,
      key,
      uri: `sip:${key}`,
      status: "active",
      at: 1000,
    })),
    addresses: ["a", "b"].map((key) => {
      const state = { key, uri: `sip:${key}`, status: "active" as const };
      const step = { eventId: null, rule: null, state, from: asserted(1000), until: null };
      return {
        id: `id-${key}`,
        seen: { key, uri: `sip:${key}`, state: "active" as const },
        lineage: [{ code: "applied" as const, ...step }],
      };
    }),
  },
};

const plan = (
  rows: readonly Row[],
  fields: Partial<RowGroup> = {},
  options: Partial<Parameters<typeof planGroup>[2]> = {},
  contact: KnownContact | null = known,
) =>
  planGroup({ contactId: "contact", found: "external-id", rows, ...fields }, contact, {
    now,
    removesAddresses: true,
    isPlannedBefore: false,
    ...options,
  });

const labelled = (label: string | null) => [row({ addresses: [address("a", { label }), address("b")] })];
const lately = (assertedAt: number) => [row({ addresses: [address("a"), address("b", { assertedAt })] })];

const onlyA = [row({ addresses: [address("a")] })];
const noAddresses = [row({ addresses: [] })];

describe("the rows of a contact", () => {
  test("change nothing if they repeat it", () => {
    expect(plan([row()])).toMatchObject({ outcome: "unchanged", name: null, externalId: null, problems: [] });
  });

  test("create it if it does not exist", () => {
    const made = plan([row()], { found: "new" }, {}, null);
    expect(made).toMatchObject({ outcome: "create", name: "Alice", externalId: "crm-1" });
    expect(made.edit.add.map(({ key }) => key)).toEqual(["a", "b"]);
  });

  // when …, the keys that are removed are …
  const removals: [
    string,
    readonly Row[],
    Partial<RowGroup>,
    Parameters<typeof plan>[2],
    readonly string[],
  ][] = [
    ["it leaves out one address", onlyA, {}, {}, ["b"]],
    ["it leaves out all addresses", noAddresses, {}, {}, ["a", "b"]],
    ["the import only adds", noAddresses, {}, { removesAddresses: false }, []],
    ["it could not be read completely", [row({ addresses: [], isPartial: true })], {}, {}, []],
    ["earlier rows were about the contact", noAddresses, {}, { isPlannedBefore: true }, []],
    ["it found the contact by an address", onlyA, { found: "address" }, {}, []],
    ["it gives the contact its id", onlyA, { found: "adopts" }, {}, []],
    ["another row has the address", [...onlyA, row({ addresses: [address("b")] })], {}, {}, []],
    [
      "another row of the contact is in the future",
      [...noAddresses, row({ addresses: [address("b", { assertedAt: now + 1 })] })],
      {},
      {},
      [],
    ],
  ];
  test.for(removals)(
    "remove the addresses that they leave out, when %s",
    ([, rows, group, options, expected]) => {
      expect(plan(rows, group, options).edit.remove).toEqual(expected);
    },
  );

  test("change its name only if they found it by external id", () => {
    const rows = [row({ name: "Alicia" })];
    expect(plan(rows).name).toBe("Alicia");
    expect(plan(rows, { found: "adopts" })).toMatchObject({ name: "Alicia", externalId: "crm-1" });
    expect(plan([row({ name: "Alicia", externalId: null })], { found: "address" }).name).toBe(null);
  });

  test("keep a label that the file does not have, and set a label that it has", () => {
    expect(plan(labelled(null)).outcome).toBe("unchanged");
    expect(plan(labelled("work")).outcome).toBe("unchanged");
    expect(plan(labelled("home")).edit.relabel).toEqual([{ addressId: "id-a", label: "home" }]);
  });

  test("are rejected if all of them are in the future", () => {
    const rows = [row({ addresses: [address("a", { assertedAt: now + 1 })] })];
    expect(plan(rows)).toMatchObject({ outcome: "rejected", problems: [{ row: 1, field: "assertedAt" }] });
  });

  test("are rejected if they have more addresses than a contact may have", () => {
    const many = Array.from({ length: 60 }, (_, n) => n);
    const rows = [0, 60].map((first) => row({ addresses: many.map((n) => address(`x${first + n}`)) }));
    expect(plan(rows).outcome).toBe("rejected");
    expect(plan(rows.slice(1)).outcome).toBe("update");
  });

  test("leave an address that a person removed after their time, and report it", () => {
    const removed = {
      ...known.facts.assertions[1],
      id: "r",
      addressId: "id-b",
      key: "b",
      uri: "sip:b",
      at: 5000,
    };
    const step = known.facts.addresses[1]?.lineage[0];
    const facts = {
      ...known.facts,
      assertions: [...known.facts.assertions, { ...removed, status: "removed" as const }],
      addresses: known.facts.addresses.map((each) =>
        each.id === "id-b" && step !== undefined
          ? {
              ...each,
              seen: { key: "b", uri: "sip:b", state: "removed" as const },
              lineage: [{ ...step, state: { ...step.state, status: "removed" as const } }],
            }
          : each,
      ),
    };
    const contact = { ...known, facts };
    expect(plan(lately(4000), {}, {}, contact)).toMatchObject({
      outcome: "unchanged",
      problems: [{ row: 1 }],
    });
    expect(plan(lately(6000), {}, {}, contact).edit.add).toMatchObject([{ key: "b", assertedAt: 6000 }]);
  });

  test("bring back a contact that an import archived", () => {
    expect(plan([row()], {}, {}, { ...known, isMissed: true }).outcome).toBe("update");
  });
});
