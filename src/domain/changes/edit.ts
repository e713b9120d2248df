import type { Assertion } from "../fold/fold.ts";
import { appliedRows } from "../fold/lineage.ts";
import type { AddressFacts, ContactFacts } from "./plan.ts";

/** One address of the list that a person or a CRM gives. Times in milliseconds since the epoch. */
export interface GivenAddress {
  readonly id: string | null;
  readonly key: string;
  readonly uri: string;
  /** Undefined: not given, stays as it is. */
  readonly label: string | null | undefined;
  readonly assertedAt: number | null;
}

/** The changes that a given list makes. */
export interface Edit {
  readonly assert: readonly { readonly addressId: string; readonly given: GivenAddress }[];
  readonly add: readonly GivenAddress[];
  /** Keys that a person removes, by leaving them out. */
  readonly remove: readonly string[];
  readonly relabel: readonly { readonly addressId: string; readonly label: string | null }[];
  /** Addresses that cannot be applied, by their index in the list. */
  readonly refused: readonly {
    readonly index: number;
    readonly why: "unknown-address" | "stale-assertion";
  }[];
}

/** An edit that changes nothing. */
export const emptyEdit: Edit = { assert: [], add: [], remove: [], relabel: [], refused: [] };

interface Match {
  readonly given: GivenAddress;
  readonly index: number;
  readonly address: Known;
}

interface Known {
  readonly facts: AddressFacts;
  /** Its present key; null if a person removed that key. */
  readonly key: string | null;
  readonly baseKey: string;
  /** The key of the last assertion, and every key since. */
  readonly keys: ReadonlySet<string>;
  /** Latest assertion time among this address and the contact's others on the same key. */
  readonly assertedAt: number;
}

/**
 * Compares a given list with the contact's addresses. A given address that repeats the state before an event moved or
 * removed it asserts nothing; otherwise each nightly sync would undo what calls taught. Two things override the event: a
 * newer `assertedAt`, and an edit by id of the version that was read (`isVersioned`). No clock, no I/O.
 */
export function planEdit(
  contact: ContactFacts,
  asGiven: readonly GivenAddress[],
  isVersioned: boolean,
): Edit {
  const known = contact.addresses.flatMap((facts) => toKnown(facts, contact));
  const list = asGiven.map((given) => withoutEcho(given, contact));
  const matches = matchAll(known, list);
  const matched = new Set(matches.map(({ index }) => index));
  const assert = matches.filter((match) => isAssertion(match, isVersioned));
  const stale = matches.filter(
    (match) => !assert.includes(match) && !match.address.keys.has(match.given.key),
  );
  const unmatched = list.flatMap((given, index) => (matched.has(index) ? [] : [{ given, index }]));
  const unknown = unmatched.filter(({ given }) => given.id !== null);
  const add = unmatched.filter(({ given }) => given.id === null && !isPast(given, known, assert));
  const late = add.filter(({ given }) => isRemovedSince(given, contact.assertions));
  return {
    assert: assert.map(({ address, given }) => ({ addressId: address.facts.id, given })),
    add: add.map(({ given }) => given),
    remove: leftOut(known, matches, list),
    relabel: matches.flatMap(({ address, given }) =>
      given.label === undefined ? [] : [{ addressId: address.facts.id, label: given.label }],
    ),
    refused: [
      ...unknown.map(({ index }) => ({ index, why: "unknown-address" as const })),
      ...[...stale, ...late].map(({ index }) => ({ index, why: "stale-assertion" as const })),
    ],
  };
}

/** A client that edits by id sends back the `assertedAt` that it read. That is not the time of the edit, so it is dropped. */
function withoutEcho(given: GivenAddress, contact: ContactFacts): GivenAddress {
  const isEcho = given.id !== null && given.assertedAt === baseOf(contact, given.id)?.at;
  return isEcho ? { ...given, assertedAt: null } : given;
}

/** An address that a person removed is unknown: given again, it becomes a new address. */
function toKnown(facts: AddressFacts, contact: ContactFacts): readonly Known[] {
  const base = baseOf(contact, facts.id);
  const rows = appliedRows(facts.lineage);
  const last = rows.at(-1);
  if (base === undefined || last === undefined) return [];
  const isRemoved = last.state.status === "removed";
  const keys = new Set([base.key, ...rows.map(({ state }) => state.key)]);
  if (isRemoved) keys.delete(last.state.key);
  const together = contact.addresses.filter(({ seen }) => seen !== null && seen.key === last.state.key);
  const times = together.flatMap(({ id }) => baseOf(contact, id)?.at ?? []);
  const assertedAt = Math.max(base.at, ...times);
  return [{ facts, key: isRemoved ? null : last.state.key, baseKey: base.key, keys, assertedAt }];
}

const baseOf = ({ assertions }: ContactFacts, id: string): Assertion | undefined =>
  assertions.findLast(({ addressId }) => addressId === id);

/**
 * Matches by id, then by the shown key, then by the last asserted key, then by any key since. Each address is matched
 * once, and given addresses with the newest `assertedAt` go first, so that the order of the list does not matter.
 */
function matchAll(known: readonly Known[], list: readonly GivenAddress[]): readonly Match[] {
  const matches: Match[] = [];
  const insistingFirst = [...list.entries()].toSorted(([, a], [, b]) => insistence(b) - insistence(a));
  const passes: readonly ((address: Known, given: GivenAddress) => boolean)[] = [
    // A merged (hidden) address matches by id only if the given key is one it has had: a CRM may still hold the copy from
    // before the merge.
    ({ facts, key, keys }, given) =>
      given.id === facts.id && key !== null && (facts.seen?.state !== "merged" || keys.has(given.key)),
    ({ facts, key }, given) => given.id === null && key === given.key && facts.seen?.state !== "merged",
    ({ baseKey, keys }, given) => given.id === null && baseKey === given.key && keys.has(given.key),
    ({ keys }, given) => given.id === null && keys.has(given.key),
  ];
  for (const fits of passes) {
    for (const [index, given] of insistingFirst) {
      if (matches.some((match) => match.index === index)) continue;
      const free = known.filter((address) => !matches.some((match) => match.address === address));
      const address = free.find((candidate) => fits(candidate, given));
      if (address !== undefined) matches.push({ given, index, address });
    }
  }
  return matches;
}

const insistence = ({ assertedAt }: GivenAddress): number => assertedAt ?? Number.MIN_SAFE_INTEGER;

function isAssertion({ given, address }: Match, isVersioned: boolean): boolean {
  if (given.assertedAt !== null) return given.assertedAt > address.assertedAt;
  const { seen } = address.facts;
  const isAsShown = (seen?.state === "active" || seen?.state === "merged") && seen.uri === given.uri;
  return given.id !== null && !isAsShown && (isVersioned || !address.keys.has(given.key));
}

/**
 * True if the given key is an earlier key of an address that the list already covers, so it is not added as a new one.
 * Exceptions: a newer `assertedAt`, or the list moves that address and frees the key.
 */
function isPast(given: GivenAddress, known: readonly Known[], asserted: readonly Match[]): boolean {
  return known.some((address) => {
    const isInsisted = given.assertedAt !== null && given.assertedAt > address.assertedAt;
    const isLeft = asserted.some((match) => match.address === address && match.given.key !== address.key);
    return address.keys.has(given.key) && !isInsisted && !(isLeft && address.key === given.key);
  });
}

const isRemovedSince = ({ key, assertedAt }: GivenAddress, assertions: readonly Assertion[]): boolean =>
  assertedAt !== null &&
  assertions.some(
    (assertion) => assertion.key === key && assertion.status === "removed" && assertion.at >= assertedAt,
  );

/** Keys to remove: active addresses that the list names neither by their present key nor by an earlier one. */
function leftOut(
  known: readonly Known[],
  matches: readonly Match[],
  list: readonly GivenAddress[],
): readonly string[] {
  const given = list.flatMap(({ id, key }) => (id === null ? [key] : []));
  const kept = known.filter(
    (address) =>
      matches.some((match) => match.address === address) || given.some((key) => address.keys.has(key)),
  );
  const keptKeys = new Set(kept.map(({ key }) => key));
  const shown = known.filter(({ facts }) => facts.seen?.state === "active");
  return [...new Set(shown.flatMap(({ key }) => (key === null || keptKeys.has(key) ? [] : [key])))];
}
