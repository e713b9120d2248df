import type { AddressState } from "../fold/fold.ts";
import type { ContactFacts } from "./plan.ts";

/** What readers saw of an address before and after a change, or after several that followed each other. */
export interface SeenBetween {
  readonly beforeUri: string | null;
  readonly beforeKey: string | null;
  readonly beforeState: string | null;
  readonly afterUri: string | null;
  readonly afterKey: string | null;
  readonly afterState: string | null;
}

/** The state to restore. Null if the address itself did not change, but was hidden or shown because of another one. */
export function stateBefore(change: SeenBetween): AddressState | null {
  const { beforeState, afterState } = change;
  const before = toState(change.beforeUri, change.beforeKey, beforeState);
  const after = toState(change.afterUri, change.afterKey, afterState);
  if (after === null) return null;
  if (before === null) return { ...after, status: "removed" as const };
  const isSame = before.key === after.key && before.uri === after.uri;
  return isSame && (beforeState === "merged" || afterState === "merged") ? null : before;
}

function toState(uri: string | null, key: string | null, state: string | null): AddressState | null {
  if (uri === null || key === null || state === null) return null;
  return { uri, key, status: state === "gone" || state === "removed" ? state : "active" };
}

/** The address, and the merged ones on its key that the same event or command changed with it. */
export function changedTogether(
  contact: ContactFacts,
  { addressId, eventId }: { readonly addressId: string | null; readonly eventId: string | null },
): readonly string[] {
  const address = contact.addresses.find(({ id }) => id === addressId);
  const baseAt = baseTimeOf(contact, addressId);
  const together = contact.addresses.filter(
    ({ id, seen, lineage }) =>
      seen?.state === "merged" &&
      seen.key === address?.seen?.key &&
      (eventId === null
        ? baseTimeOf(contact, id) === baseAt
        : lineage.some((step) => step.eventId === eventId)),
  );
  return [...new Set([address, ...together].flatMap((found) => (found === undefined ? [] : [found.id])))];
}

const baseTimeOf = ({ assertions }: ContactFacts, addressId: string | null): number | null =>
  assertions.findLast((assertion) => assertion.addressId === addressId)?.at ?? null;
