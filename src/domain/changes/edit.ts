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

/** What a given list comes to. `at` null: now. */
export interface Edit {
  readonly assert: readonly { readonly addressId: string; readonly given: GivenAddress }[];
  readonly add: readonly GivenAddress[];
  /** Keys that a person removes, by leaving them out. */
  readonly remove: readonly string[];
  readonly relabel: readonly { readonly addressId: string; readonly label: string | null }[];
  /** What cannot be done, by the place in the list. */
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
  /** Where it stands now; null where a person's removal of that key removed it too. */
  readonly key: string | null;
  readonly baseKey: string;
  /** Every key since the last assertion, and that one's. */
  readonly keys: ReadonlySet<string>;
  /** When it was last asserted, or another address of the contact that stands where it does. */
  readonly assertedAt: number;
}

/**
 * Compares a given list with what the contact has. An address that repeats what it was before an event moved or removed
 * it asserts nothing, or each nightly sync would undo what calls have taught; a newer `assertedAt` insists, and so does
 * an edit by id of the version that was read (`isVersioned`). No clock, no I/O.
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

/** Who edits by id what was read sends its `assertedAt` back with it: that says nothing of when the edit was made. */
function withoutEcho(given: GivenAddress, contact: ContactFacts): GivenAddress {
  const isEcho = given.id !== null && given.assertedAt === baseOf(contact, given.id)?.at;
  return isEcho ? { ...given, assertedAt: null } : given;
}

/** What a person removed is not known: given again, it is a new address. */
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
 * By id, then by the key that is shown, then by the one that was last asserted, then by any that it had since. Each
 * address once, and by what insists before what repeats, so that the order of the list does not matter.
 */
function matchAll(known: readonly Known[], list: readonly GivenAddress[]): readonly Match[] {
  const matches: Match[] = [];
  const insistingFirst = [...list.entries()].toSorted(([, a], [, b]) => insistence(b) - insistence(a));
  const passes: readonly ((address: Known, given: GivenAddress) => boolean)[] = [
    // The id of a hidden one only repeats: what it was before it merged, a CRM may still have.
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
 * The past of an address that the list names otherwise too: no address of its own, unless it insists, or unless the
 * list makes that address another one and so leaves the place free.
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

/** Gone addresses are not shown by default, so only active ones can be left out; a key of its past keeps one in. */
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
