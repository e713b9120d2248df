import { type Edit, emptyEdit, type GivenAddress, planEdit } from "../changes/edit.ts";
import type { ContactFacts } from "../changes/plan.ts";

/** One address of a row. Times in milliseconds since the epoch. */
export interface RowAddress {
  readonly key: string;
  readonly uri: string;
  readonly label: string | null;
  readonly assertedAt: number | null;
}

/** One contact of a file, as it stands there. */
export interface Row {
  readonly row: number;
  readonly externalId: string | null;
  readonly name: string;
  readonly addresses: readonly RowAddress[];
  /** Something of it could not be used, so what it leaves out says nothing. */
  readonly isPartial: boolean;
}

/** How a row found its contact: by its own id, by an address of a contact that has no id, or it makes one. */
export type Found = "external-id" | "adopts" | "address" | "new";

/** All that a file says of one contact. */
export interface RowGroup {
  readonly contactId: string;
  readonly found: Found;
  /** In order; those of one external id, or that share an address. */
  readonly rows: readonly Row[];
}

/** What the contact is so far; null: it is made. */
export interface KnownContact {
  readonly name: string;
  readonly facts: ContactFacts;
  /** Of its addresses, by id. */
  readonly labels: ReadonlyMap<string, string | null>;
  /** An earlier import archived it as missing, and nobody touched that since: to be named again brings it back. */
  readonly isMissed: boolean;
}

export interface PlanOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly removesAddresses: boolean;
  /** Whether rows that were planned before these told of the contact already: then these only add. */
  readonly isPlannedBefore: boolean;
}

export interface GroupPlan {
  readonly outcome: "create" | "update" | "unchanged" | "rejected";
  readonly edit: Edit;
  /** What the contact is called from now on; null: as before. */
  readonly name: string | null;
  /** The id that the contact has from now on; null: as before. */
  readonly externalId: string | null;
  readonly problems: readonly RowProblem[];
}

/** What came up against the book; `row` null: it is about all of them. */
export interface RowProblem {
  readonly row: number | null;
  readonly field: string;
  readonly detail: string;
}

/** As for every contact. */
const maxAddresses = 100;

/**
 * Says what the rows of one contact do. By its external id they are the CRM's copy of it, as in a PUT: they name it, and
 * where `removesAddresses`, an address that all of them leave out is removed. Rows that found it by an address only add.
 * What repeats what the contact was before calls taught better asserts nothing. No clock, no I/O.
 */
export function planGroup(
  group: RowGroup,
  known: KnownContact | null,
  { now, removesAddresses, isPlannedBefore }: PlanOptions,
): GroupPlan {
  const late = group.rows.filter(({ addresses }) =>
    addresses.some(({ assertedAt }) => (assertedAt ?? 0) > now),
  );
  const rows = group.rows.filter((row) => !late.includes(row));
  const given = joinAddresses(rows);
  const problems: RowProblem[] = late.map(({ row }) => ({
    row,
    field: "assertedAt",
    detail: "must not be in the future",
  }));
  if (rows.length === 0) return rejected(problems);
  if (given.length > maxAddresses) {
    const detail = `has more than ${maxAddresses} addresses in all rows of the contact together`;
    return rejected([...problems, { row: null, field: "addresses", detail }]);
  }
  const externalId = rows.find((row) => row.externalId !== null)?.externalId ?? null;
  if (known === null) {
    const [{ name } = { name: "" }] = rows;
    return { outcome: "create", edit: { ...emptyEdit, add: given }, name, externalId, problems };
  }
  const all = planEdit(known.facts, given, false);
  const stale = all.refused.flatMap(({ index }) => given[index] ?? []);
  problems.push(
    ...stale.map(({ key }) => ({
      row: rows.find(({ addresses }) => addresses.some((each) => each.key === key))?.row ?? null,
      field: "assertedAt",
      detail: "is not newer than what was said of this address since: it stays as it is",
    })),
  );
  const isWhole = late.length === 0 && rows.every(({ isPartial }) => !isPartial);
  const removes = removesAddresses && isWhole && group.found === "external-id" && !isPlannedBefore;
  const edit: Edit = {
    assert: all.assert,
    add: all.add.filter((address) => !stale.includes(address)),
    remove: removes ? all.remove : [],
    relabel: all.relabel.filter(({ addressId, label }) => known.labels.get(addressId) !== label),
    refused: [],
  };
  const owner = group.found === "address" ? undefined : rows.findLast((row) => row.externalId !== null);
  const name = owner === undefined || owner.name === known.name ? null : owner.name;
  const adopted = group.found === "adopts" ? externalId : null;
  const isSame = isEmpty(edit) && name === null && adopted === null && !known.isMissed;
  return { outcome: isSame ? "unchanged" : "update", edit, name, externalId: adopted, problems };
}

const isEmpty = ({ assert, add, remove, relabel }: Edit): boolean =>
  assert.length + add.length + remove.length + relabel.length === 0;

const rejected = (problems: readonly RowProblem[]): GroupPlan => ({
  outcome: "rejected",
  edit: emptyEdit,
  name: null,
  externalId: null,
  problems,
});

/** Each key once: as its first row has it, with the first label and the latest time that any row gives. */
function joinAddresses(rows: readonly Row[]): readonly GivenAddress[] {
  const byKey = Map.groupBy(
    rows.flatMap(({ addresses }) => addresses),
    ({ key }) => key,
  );
  return [...byKey].map(([key, same]) => {
    const times = same.flatMap(({ assertedAt }) => (assertedAt === null ? [] : [assertedAt]));
    return {
      id: null,
      key,
      uri: same[0]?.uri ?? "",
      // A file that has no label for it does not take it away.
      label: same.find(({ label }) => label !== null)?.label ?? undefined,
      assertedAt: times.length === 0 ? null : Math.max(...times),
    };
  });
}
