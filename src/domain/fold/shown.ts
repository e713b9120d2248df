import type { AddressState } from "./fold.ts";

/** One address of a contact and its state. Ids are UUIDv7: the lowest is the oldest. */
export interface Standing {
  readonly id: string;
  readonly state: AddressState;
}

/** What readers see of an address: `merged` if another address of the contact is shown in its place. */
export interface Seen {
  readonly key: string;
  readonly uri: string;
  readonly state: "active" | "gone" | "removed" | "merged";
}

/**
 * Maps each hidden address to the shown one. Of several addresses on one key, an active one is shown before a gone one,
 * then the oldest. Hidden addresses keep folding and are shown again when their keys differ.
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

/** True if readers see no difference. */
export function looksSame(a: Seen | null, b: Seen | null): boolean {
  if (!isVisible(a) || !isVisible(b)) return !isVisible(a) && !isVisible(b);
  return a.uri === b.uri && a.state === b.state;
}

/** True if an event removed the last address: no shown address is active, and at least one is gone. */
export function isEmptied(seen: readonly Seen[]): boolean {
  return seen.some(({ state }) => state === "gone") && !seen.some(({ state }) => state === "active");
}

function compareForShow(a: Standing, b: Standing): number {
  const byStatus = Number(b.state.status === "active") - Number(a.state.status === "active");
  return byStatus || (a.id < b.id ? -1 : 1);
}
