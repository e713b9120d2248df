import type { AddressState } from "./fold.ts";

/** Where one address of a contact stands. Ids are UUIDv7: the lowest is the oldest. */
export interface Standing {
  readonly id: string;
  readonly state: AddressState;
}

/** What readers see of an address: `merged` where another address of the contact is shown in its place. */
export interface Seen {
  readonly key: string;
  readonly uri: string;
  readonly state: "active" | "gone" | "removed" | "merged";
}

/**
 * The shown address for each hidden one: of the addresses on one key, an active one before a gone one, then the oldest.
 * A view, never an end: the hidden ones keep folding and come back when the keys part.
 */
export function hiddenBehind(standings: readonly Standing[]): ReadonlyMap<string, string> {
  const present = standings.filter(({ state }) => state.status !== "removed");
  const byKey = Map.groupBy(present, ({ state }) => state.key);
  const pairs = [...byKey.values()].flatMap((group) => {
    const [shown, ...hidden] = group.toSorted(compareForShow);
    return shown === undefined ? [] : hidden.map(({ id }) => [id, shown.id] as const);
  });
  return new Map(pairs);
}

export function seenAs(state: AddressState, isHidden: boolean): Seen {
  return { key: state.key, uri: state.uri, state: isHidden ? "merged" : state.status };
}

export const isVisible = (seen: Seen | null): seen is Seen =>
  seen?.state === "active" || seen?.state === "gone";

/** Nothing that readers can see differs. */
export function looksSame(a: Seen | null, b: Seen | null): boolean {
  if (!isVisible(a) || !isVisible(b)) return !isVisible(a) && !isVisible(b);
  return a.uri === b.uri && a.state === b.state;
}

/** The last address went, by an event: nothing shown is active, and something shown is gone. */
export function isEmptied(seen: readonly Seen[]): boolean {
  return seen.some(({ state }) => state === "gone") && !seen.some(({ state }) => state === "active");
}

function compareForShow(a: Standing, b: Standing): number {
  const byStatus = Number(b.state.status === "active") - Number(a.state.status === "active");
  return byStatus || (a.id < b.id ? -1 : 1);
}
