import type { Assertion } from "./fold.ts";
import { appliedRows } from "./lineage.ts";
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

interface Match {
  readonly given: GivenAddress;
  readonly index: number;
  readonly address: Known;
  readonly byId: boolean;
}

interface Known {
  readonly facts: AddressFacts;
  readonly base: Assertion;
  /** Where it stands now. */
  readonly key: string;
  /** Every key since the last assertion, and that one's. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Compares a given list with what the contact has. An address that repeats what it was before an event moved or removed
 * it asserts nothing, or each nightly sync would undo what calls have taught; a newer `assertedAt` insists, and so does
 * an edit by id of the version that was read (`isVersioned`). No clock, no I/O.
 */
export function planEdit(contact: ContactFacts, list: readonly GivenAddress[], isVersioned: boolean): Edit {
  const known = contact.addresses.flatMap((facts) => toKnown(facts, contact.assertions));
  const matches = matchAll(known, list);
  const matched = new Set(matches.map(({ index }) => index));
  const assert = matches.filter((match) => isAssertion(match, isVersioned));
  const refused = matches.filter((match) => !assert.includes(match) && isRefused(match));
  const unmatched = list.flatMap((given, index) => (matched.has(index) ? [] : [{ given, index }]));
  const add = unmatched.filter(({ given }) => given.id === null && !isRepeat(given, known, assert));
  const late = add.filter(({ given }) => isRemovedSince(given, contact.assertions));
  return {
    assert: assert.map(({ address, given }) => ({ addressId: address.facts.id, given })),
    add: add.map(({ given }) => given),
    remove: leftOut(known, matches),
    relabel: matches.flatMap(({ address, given }) =>
      given.label === undefined ? [] : [{ addressId: address.facts.id, label: given.label }],
    ),
    refused: [
      ...unmatched
        .filter(({ given }) => given.id !== null)
        .map(({ index }) => ({ index, why: "unknown-address" as const })),
      ...[...refused, ...late].map(({ index }) => ({ index, why: "stale-assertion" as const })),
    ],
  };
}

/** What a person removed is not matched: given again, it is a new address. */
function toKnown(facts: AddressFacts, assertions: readonly Assertion[]): readonly Known[] {
  const base = assertions.findLast(({ addressId }) => addressId === facts.id);
  const rows = appliedRows(facts.lineage);
  const last = rows.at(-1);
  if (base === undefined || base.status === "removed" || last === undefined) return [];
  return [
    { facts, base, key: last.state.key, keys: new Set([base.key, ...rows.map(({ state }) => state.key)]) },
  ];
}

/** By id, then by the key that is shown, then by any key that it had; each address once. */
function matchAll(known: readonly Known[], list: readonly GivenAddress[]): readonly Match[] {
  const matches: Match[] = [];
  const pass = (byId: boolean, fits: (address: Known, given: GivenAddress) => boolean) => {
    for (const [index, given] of list.entries()) {
      if ((given.id !== null) !== byId || matches.some((match) => match.index === index)) continue;
      const free = known.filter((address) => !matches.some((match) => match.address === address));
      const address = free.find((candidate) => fits(candidate, given));
      if (address !== undefined) matches.push({ given, index, address, byId });
    }
  };
  pass(true, ({ facts }, given) => facts.id === given.id && facts.seen?.state !== "merged");
  pass(false, ({ key, facts }, given) => key === given.key && facts.seen?.state !== "merged");
  pass(false, ({ keys }, given) => keys.has(given.key));
  return matches;
}

function isAssertion({ given, address, byId }: Match, isVersioned: boolean): boolean {
  const { assertedAt } = given;
  if (assertedAt !== null) return assertedAt > address.base.at;
  const isAsShown = address.facts.seen?.state === "active" && address.facts.seen.uri === given.uri;
  return byId && !isAsShown && (isVersioned || !address.keys.has(given.key));
}

/** Older than what stands, and not a repetition of it. */
const isRefused = ({ given, address }: Match): boolean => !address.keys.has(given.key);

/** The key is the past of an address that is in the list already, under its present key or its id. */
function isRepeat(given: GivenAddress, known: readonly Known[], asserted: readonly Match[]): boolean {
  return known.some(
    (address) => address.keys.has(given.key) && !asserted.some((match) => match.address === address),
  );
}

const isRemovedSince = ({ key, assertedAt }: GivenAddress, assertions: readonly Assertion[]): boolean =>
  assertedAt !== null &&
  assertions.some(
    (assertion) => assertion.key === key && assertion.status === "removed" && assertion.at >= assertedAt,
  );

/** Gone addresses are not shown by default, so only active ones can be left out. */
function leftOut(known: readonly Known[], matches: readonly Match[]): readonly string[] {
  const kept = new Set(matches.map(({ address }) => address.key));
  const shown = known.filter(({ facts }) => facts.seen?.state === "active");
  return [...new Set(shown.map(({ key }) => key).filter((key) => !kept.has(key)))];
}
