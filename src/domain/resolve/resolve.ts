import type { AddressStatus } from "../fold/fold.ts";

/** One state of an address since `at`. `eventId` is the event that caused it; null: an assertion or a person's removal. */
export interface Stand {
  readonly key: string;
  readonly uri: string;
  readonly status: AddressStatus;
  readonly at: number;
  readonly eventId: string | null;
}

/** The path of one address of a contact from the requested key. */
export interface Trail {
  readonly contactId: string;
  readonly addressId: string;
  /** A person archived the contact: its addresses are no longer vouched for, but calls still move them. */
  readonly isArchived: boolean;
  /** Its states since it first had the key; empty if only a former assertion was about the key. */
  readonly path: readonly Stand[];
  /** What readers see now: the address itself, or the one that it is merged into. */
  readonly shown: { readonly uri: string; readonly status: AddressStatus };
  /** When the key was last asserted for this address; null: never. */
  readonly vouchedAt: number | null;
}

/** One answer on the way. `to` is null for a 410. */
export interface Hop {
  readonly from: string;
  readonly to: string | null;
  readonly status: number;
  readonly occurredAt: number;
  readonly eventId: string;
}

/** Where an address leads. `current` is the address to dial now. */
export interface Resolution {
  readonly answer: "active" | "moved" | "gone" | "unknown";
  readonly current: string | null;
  readonly hops: readonly Hop[];
}

/** Only the last 100 hops are reported. */
export const maxHops = 100;

const unknown: Resolution = { answer: "unknown", current: null, hops: [] };

/**
 * Resolves a key from the trails, which must be in order of weight. Null: the book does not know the key, so look at calls
 * alone. No clock, no I/O.
 */
export function resolveByBook(key: string, trails: readonly Trail[]): Resolution | null {
  const [first] = trails;
  return first === undefined ? null : claimOf(key, first);
}

/** Sorts trails: an active address first, then other trails with an answer, then the latest news about the key. */
export function byWeight(key: string, trails: readonly Trail[]): readonly Trail[] {
  const weighed = trails.map((trail) => ({ trail, claim: claimOf(key, trail), at: lastWordAt(key, trail) }));
  return weighed
    .toSorted(
      (a, b) =>
        Number(b.claim?.answer === "active") - Number(a.claim?.answer === "active") ||
        Number(b.claim !== null) - Number(a.claim !== null) ||
        (a.claim?.answer === "active" ? 0 : b.at - a.at) ||
        (a.trail.addressId < b.trail.addressId ? -1 : 1),
    )
    .map(({ trail }) => trail);
}

/** Resolves an address that no contact has, from calls alone. An answered call proves that the address is active. */
export function resolveByCalls(uri: string, path: readonly Stand[], isAnswered: boolean): Resolution {
  const [first] = path;
  const last = path.at(-1);
  if (first === undefined || last === undefined) return unknown;
  const isStillThere = last.key === first.key && last.status === "active";
  if (isStillThere) return isAnswered ? { ...unknown, answer: "active", current: uri } : unknown;
  return resolutionOf(path, last);
}

/**
 * Null if the trail has no answer: a person removed the address, replaced it, or archived the contact while it had the
 * address. Each of these is about the contact and does not prove that the address is dead.
 */
function claimOf(key: string, { path, shown, isArchived }: Trail): Resolution | null {
  const last = path.at(-1);
  if (last === undefined || last.status === "removed") return null;
  if (last.key !== key || shown.status !== "active") return resolutionOf(path, shown);
  return isArchived ? null : { ...unknown, answer: "active", current: shown.uri };
}

function resolutionOf(
  path: readonly Stand[],
  end: { readonly uri: string; readonly status: AddressStatus },
): Resolution {
  const hops = hopsOf(path, end.status === "gone");
  return end.status === "gone"
    ? { answer: "gone", current: null, hops }
    : { answer: "moved", current: end.uri, hops };
}

/** The moves in order, and a 410 at their end. A 410 that was healed, or followed by a move, is not a hop. */
function hopsOf(path: readonly Stand[], endsGone: boolean): readonly Hop[] {
  const hops = path.flatMap((stand, i): readonly Hop[] => {
    const { eventId, at: occurredAt } = stand;
    const before = path[i - 1];
    if (before === undefined || eventId === null) return [];
    if (before.key !== stand.key)
      return [{ from: before.uri, to: stand.uri, status: 301, occurredAt, eventId }];
    const isEnd = endsGone && i === path.length - 1;
    return isEnd ? [{ from: stand.uri, to: null, status: 410, occurredAt, eventId }] : [];
  });
  return hops.slice(-maxHops);
}

/** When the trail left the key or, if it is still there, when its state last changed. */
function lastWordAt(key: string, { path }: Trail): number {
  const left = path.find((stand) => stand.key !== key) ?? path.at(-1);
  return left?.at ?? Number.NEGATIVE_INFINITY;
}
