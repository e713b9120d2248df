import {
  byWeight,
  type Resolution,
  resolveByBook,
  resolveByCalls,
  type Trail,
} from "../../domain/resolve/resolve.ts";
import type { Database } from "../client.ts";
import { type CallEvidence, findCallEvidence } from "./evidence.ts";
import { learnFromCalls } from "./lessons.ts";
import { findTrails, maxTrails } from "./trails.ts";

/** A requested address, as the client spelled it. */
export interface AskedAddress {
  readonly key: string;
  readonly uri: string;
}

export interface ResolvedAddress extends Resolution {
  /** What the answer is based on: contacts of the book, or calls alone. */
  readonly basis: "book" | "calls" | "none";
  /** Contacts that have or had the address, those of the answer first; at most `maxContacts`. */
  readonly contacts: readonly string[];
  readonly moreContacts: boolean;
  readonly evidence: CallEvidence | null;
}

const maxContacts = 20;

/** Resolves addresses, in the same order, with a few statements. Equivalent spellings may repeat. */
export async function resolveAddresses(
  db: Database,
  bookId: string,
  asked: readonly AskedAddress[],
): Promise<readonly ResolvedAddress[]> {
  const keys = [...new Set(asked.map(({ key }) => key))];
  const [found, evidence] = await Promise.all([
    findTrails(db, bookId, keys),
    findCallEvidence(db, bookId, keys),
  ]);
  const trails = new Map([...found].map(([key, list]) => [key, byWeight(key, list)]));
  const byBook = new Map(keys.map((key) => [key, resolveByBook(key, trails.get(key) ?? [])]));
  // A key without calls has no events to fold.
  const open = asked.filter(({ key }) => byBook.get(key) === null && evidence.has(key));
  const lessons = await learnFromCalls(
    db,
    bookId,
    open.map(({ key, uri }) => ({ key, uri, since: vouchedAt(trails.get(key) ?? []) })),
  );
  const byCalls = new Map(open.map((each, i) => [each, lessons[i]]));
  return asked.map((each) => {
    const own = trails.get(each.key) ?? [];
    const lesson = byCalls.get(each);
    const claim = byBook.get(each.key) ?? null;
    const resolution = claim ?? resolveByCalls(each.uri, lesson?.path ?? [], lesson?.isAnswered ?? false);
    const contacts = [...new Set(own.map(({ contactId }) => contactId))];
    return {
      ...resolution,
      basis: claim === null ? (resolution.answer === "unknown" ? "none" : "calls") : "book",
      contacts: contacts.slice(0, maxContacts),
      moreContacts: contacts.length > maxContacts || own.length >= maxTrails,
      evidence: evidence.get(each.key) ?? null,
    };
  });
}

/** When the key was last asserted for an address. The assertion overrides the calls before it. */
function vouchedAt(trails: readonly Trail[]): number | null {
  const times = trails.flatMap((trail) => trail.vouchedAt ?? []);
  return times.length === 0 ? null : Math.max(...times);
}
