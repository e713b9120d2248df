import type { AddressStatus } from "../fold/fold.ts";

/** Where one address stood: from `at` on, led there by `eventId`; null for an assertion or a person's removal. */
export interface Stand {
  readonly key: string;
  readonly uri: string;
  readonly status: AddressStatus;
  readonly at: number;
  readonly eventId: string | null;
}

/** What one address of a contact has to do with the key that is asked for. */
export interface Trail {
  readonly contactId: string;
  readonly addressId: string;
  /** A person archived the contact: nobody stands for its addresses any more, but calls go on teaching. */
  readonly isArchived: boolean;
  /** Where it stood since its first stand on the key; empty where only a former assertion was about the key. */
  readonly path: readonly Stand[];
  /** What readers see in its place in the end: another address of its contact where it is hidden behind one. */
  readonly shown: { readonly uri: string; readonly status: AddressStatus };
  /** When somebody last said of the address that it is this one, null: never. */
  readonly vouchedAt: number | null;
}

/** One answer that led on. `to` is null where it was a 410. */
export interface Hop {
  readonly from: string;
  readonly to: string | null;
  readonly status: number;
  readonly occurredAt: number;
  readonly eventId: string;
}

/** Where an address went. `current` is what to dial now. */
export interface Resolution {
  readonly answer: "active" | "moved" | "gone" | "unknown";
  readonly current: string | null;
  readonly hops: readonly Hop[];
}

/** Of a longer way, the last hops are told. */
export const maxHops = 100;

const unknown: Resolution = { answer: "unknown", current: null, hops: [] };

/**
 * What the book says of a key, from the trails in order of weight; null where it says nothing and calls have to be
 * asked. No clock, no I/O.
 */
export function resolveByBook(key: string, trails: readonly Trail[]): Resolution | null {
  const [first] = trails;
  return first === undefined ? null : claimOf(key, first);
}

/** The ones that say something first, an active address before all, then the latest word about the key. */
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

/** What calls alone taught, from where they led an address that nobody asserted. An answered call is proof of life. */
export function resolveByCalls(uri: string, path: readonly Stand[], isAnswered: boolean): Resolution {
  const [first] = path;
  const last = path.at(-1);
  if (first === undefined || last === undefined) return unknown;
  const isStillThere = last.key === first.key && last.status === "active";
  if (isStillThere) return isAnswered ? { ...unknown, answer: "active", current: uri } : unknown;
  return resolutionOf(path, last);
}

/**
 * Null where the trail says nothing about the address: a person took it off the contact, set it to another, or archived
 * the contact while it stood there. Each says something of the contact, and nothing of whether the address lives.
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

/** The moves in order, and the 410 at their end. What was healed, or moved on from where it was gone, is no hop. */
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

/** When the trail left the key, or last came to be as it stands on it. */
function lastWordAt(key: string, { path }: Trail): number {
  const left = path.find((stand) => stand.key !== key) ?? path.at(-1);
  return left?.at ?? Number.NEGATIVE_INFINITY;
}
