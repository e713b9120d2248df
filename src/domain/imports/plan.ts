import { type Edit, emptyEdit, type GivenAddress, planEdit } from "../changes/edit.ts";
import type { ContactFacts } from "../changes/plan.ts";

/** One address of a row. Times in milliseconds since the epoch. */
export interface RowAddress {
  readonly key: string;
  readonly uri: string;
  readonly label: string | null;
  readonly assertedAt: number | null;
}

/** One contact as a row of the file gives it. */
export interface Row {
  readonly row: number;
  readonly externalId: string | null;
  readonly name: string;
  readonly addresses: readonly RowAddress[];
  /** A part of the row could not be used, so an address that it leaves out must not be removed. */
  readonly isPartial: boolean;
}

/** How a row found its contact: by external id, by an address of a contact without one (`adopts`), or it makes one. */
export type Found = "external-id" | "adopts" | "address" | "new";

/** All rows of a file about one contact. */
export interface RowGroup {
  readonly contactId: string;
  readonly found: Found;
  /** In order; those of one external id, or that share an address. */
  readonly rows: readonly Row[];
}

/** The contact as it is before these rows. */
export interface KnownContact {
  readonly name: string;
  readonly facts: ContactFacts;
  /** Of its addresses, by id. */
  readonly labels: ReadonlyMap<string, string | null>;
  /** An earlier import archived it as missing, and nobody changed that since: a row that names it restores it. */
  readonly isMissed: boolean;
}

export interface PlanOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly removesAddresses: boolean;
  /** True if an earlier batch already had rows of this contact: then these rows only add. */
  readonly isPlannedBefore: boolean;
}

export interface GroupPlan {
  readonly outcome: "create" | "update" | "unchanged" | "rejected";
  readonly edit: Edit;
  /** The new name of the contact; null: unchanged. */
  readonly name: string | null;
  /** The new external id of the contact; null: unchanged. */
  readonly externalId: string | null;
  readonly problems: readonly RowProblem[];
}

/** A problem that only the book could show. `row` null: it concerns all rows of the contact. */
export interface RowProblem {
  readonly row: number | null;
  readonly field: string;
  readonly detail: string;
}

/** The limit of every contact, see the API. */
const maxAddresses = 100;

/**
 * Plans what the rows of one contact do. Rows that found it by external id are the CRM's full copy, as in a PUT: they
 * rename it and, with `removesAddresses`, remove each address that all of them leave out. Rows that found it by address
 * only add. A row that repeats the state before an event asserts nothing, see planEdit. No clock, no I/O.
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
  const isWhole = late.length === 0 && rows.every(({ isPartial }) => !isPartial);
  const removes = removesAddresses && isWhole && group.found === "external-id" && !isPlannedBefore;
  const { edit, stale } = planAddresses(given, known, removes);
  problems.push(...stale.map((address) => staleProblem(address, rows)));
  const owner = group.found === "address" ? undefined : rows.findLast((row) => row.externalId !== null);
  const name = owner === undefined || owner.name === known.name ? null : owner.name;
  const adopted = group.found === "adopts" ? externalId : null;
  const isSame = isEmpty(edit) && name === null && adopted === null && !known.isMissed;
  return { outcome: isSame ? "unchanged" : "update", edit, name, externalId: adopted, problems };
}

/** The edit of a known contact. `stale`: given addresses that are older than a later change of them. */
function planAddresses(given: readonly GivenAddress[], known: KnownContact, removes: boolean) {
  const all = planEdit(known.facts, given, false);
  const stale = all.refused.flatMap(({ index }) => given[index] ?? []);
  const edit: Edit = {
    assert: all.assert,
    add: all.add.filter((address) => !stale.includes(address)),
    remove: removes ? all.remove : [],
    relabel: all.relabel.filter(({ addressId, label }) => known.labels.get(addressId) !== label),
    refused: [],
  };
  return { edit, stale };
}

const staleProblem = ({ key }: GivenAddress, rows: readonly Row[]): RowProblem => ({
  row: rows.find(({ addresses }) => addresses.some((address) => address.key === key))?.row ?? null,
  field: "assertedAt",
  detail: "is older than a later change of this address, so the address stays as it is",
});

const isEmpty = ({ assert, add, remove, relabel }: Edit): boolean =>
  assert.length + add.length + remove.length + relabel.length === 0;

const rejected = (problems: readonly RowProblem[]): GroupPlan => ({
  outcome: "rejected",
  edit: emptyEdit,
  name: null,
  externalId: null,
  problems,
});

/** Each key once: the URI of its first row, the first label and the latest time of any row. */
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
      // A file without a label does not remove the label.
      label: same.find(({ label }) => label !== null)?.label ?? undefined,
      assertedAt: times.length === 0 ? null : Math.max(...times),
    };
  });
}
