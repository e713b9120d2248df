import { type AddressState, type Assertion, type FoldEvent, fold } from "../fold/fold.ts";
import {
  appliedRows,
  isSameLineage,
  type LineageRow,
  sharedLength,
  toLineage,
  unchangedLength,
} from "../fold/lineage.ts";
import { hiddenBehind, isEmptied, type Seen, seenAs } from "../fold/shown.ts";
import type { EmptyContact } from "../rules/policy.ts";
import { type Cause, type ChangeDraft, changesOf, isRewritten } from "./changes.ts";

/** A contact as it is stored, before its addresses are folded again. */
export interface ContactFacts {
  readonly id: string;
  readonly archivedBy: "person" | "empty" | null;
  readonly addresses: readonly AddressFacts[];
  /** Of all its addresses, in order of (at, id). */
  readonly assertions: readonly Assertion[];
}

export interface AddressFacts {
  readonly id: string;
  /** What readers saw so far; null for an address that is being made. */
  readonly seen: Seen | null;
  readonly lineage: readonly LineageRow[];
}

/** The row to write for an address. */
export interface AddressPlan {
  readonly id: string;
  readonly state: AddressState;
  readonly base: Assertion;
  readonly mergedInto: string | null;
  /** Null: unchanged. */
  readonly lineage: readonly LineageRow[] | null;
  /** Number of stored steps, and how many of them, from the start, can stay. */
  readonly stored: number;
  readonly unchanged: number;
}

/** Events about this key whose verdict may have changed: those since this time, or all (null). */
export interface Rejudge {
  readonly key: string;
  readonly since: number | null;
}

export interface ContactPlan {
  readonly id: string;
  readonly archivedBy: "person" | "empty" | null;
  readonly addresses: readonly AddressPlan[];
  readonly changes: readonly ChangeDraft[];
  readonly rejudge: readonly Rejudge[];
}

export interface PlanInput {
  readonly contact: ContactFacts;
  readonly events: ReadonlyMap<string, readonly FoldEvent[]>;
  readonly emptyContact: EmptyContact;
  /** True if, from now on, the contact is archived by a person. */
  readonly archivedByPerson: boolean;
  readonly cause: Cause;
}

/** Folds every address of a contact and returns what to write. */
export function planContact(input: PlanInput): ContactPlan {
  const { contact, events, emptyContact, archivedByPerson, cause } = input;
  const folded = contact.addresses.flatMap((address) => {
    const base = contact.assertions.findLast(({ addressId }) => addressId === address.id);
    return base === undefined ? [] : [refoldAddress(address, base, { contact, events })];
  });
  const hidden = hiddenBehind(folded);
  const addresses = folded.map((address) => ({ ...address, mergedInto: hidden.get(address.id) ?? null }));
  const seen = addresses.map(({ state, mergedInto }) => seenAs(state, mergedInto !== null));
  const isCorrection =
    cause.kind === "event" &&
    addresses.some(({ facts, rows }) => isRewritten({ oldRows: facts.lineage, newRows: rows }));
  const addressChanges = addresses.flatMap((address, i) =>
    changesOf({
      contactId: contact.id,
      addressId: address.id,
      before: address.facts.seen,
      after: seen[i] ?? seenAs(address.state, false),
      oldRows: address.facts.lineage,
      newRows: address.rows,
      cause,
      isCorrection,
    }),
  );
  const archivedBy = archivedByPerson
    ? "person"
    : emptyContact === "archive" && isEmptied(seen)
      ? "empty"
      : null;
  return {
    id: contact.id,
    archivedBy,
    addresses: addresses.map(({ id, state, base, mergedInto, rows, facts }) => ({
      id,
      state,
      base,
      mergedInto,
      lineage: isSameLineage(facts.lineage, rows) ? null : rows,
      stored: facts.lineage.length,
      unchanged: unchangedLength(facts.lineage, rows),
    })),
    changes: [
      ...addressChanges,
      ...archiveChange(
        contact,
        archivedBy,
        cause.kind === "event" ? (addressChanges.at(-1)?.cause ?? cause) : cause,
      ),
    ],
    rejudge: addresses.flatMap(({ id, facts, rows }) => {
      const asserted = contact.assertions.filter(({ addressId }) => addressId === id).map(({ key }) => key);
      return rejudgeAfter(facts.lineage, rows, asserted);
    }),
  };
}

function refoldAddress(
  facts: AddressFacts,
  base: Assertion,
  { contact, events }: Pick<PlanInput, "contact" | "events">,
) {
  const rows = toLineage(fold(base, { events, assertions: contact.assertions }));
  const { state } = appliedRows(rows).at(-1) ?? { state: base };
  return { id: facts.id, facts, base, rows, state };
}

/** A contact is archived and restored with its last address. Only a person can restore what a person archived. */
function archiveChange(
  contact: ContactFacts,
  archivedBy: ContactFacts["archivedBy"],
  cause: Cause,
): readonly ChangeDraft[] {
  if ((contact.archivedBy === null) === (archivedBy === null)) return [];
  const kind = archivedBy === null ? "restored" : "archived";
  return [{ contactId: contact.id, addressId: null, kind, before: null, after: null, cause }];
}

/**
 * Which verdicts to compute again. A new assertion makes every earlier event stale, whatever its key. A late event affects
 * the events after it. If the address no longer visits a key, all events about that key are affected.
 */
function rejudgeAfter(
  oldRows: readonly LineageRow[],
  newRows: readonly LineageRow[],
  assertedKeys: readonly string[],
): readonly Rejudge[] {
  if (isSameLineage(oldRows, newRows)) return [];
  const shared = sharedLength(oldRows, newRows);
  const first = [oldRows[shared], newRows[shared]].flatMap((row) => (row === undefined ? [] : [row.from.at]));
  const since = Math.min(...first);
  const present = new Set(newRows.map(({ state }) => state.key));
  const past = oldRows.map(({ state }) => state.key);
  const keys = new Set([...present, ...past, ...(shared === 0 ? assertedKeys : [])]);
  return [...keys].map((key) => ({ key, since: shared > 0 && present.has(key) ? since : null }));
}
