import type { EventInput } from "../../src/receive/intake/validate.ts";
import type { BenchBook } from "./book.ts";

/** Of a hundred calls so many end in 301 and 410; all others are answered. */
export const share = { moved: 4, gone: 2 } as const;

/** Where a person lives after this many moves. */
export const homeOf = (person: number, moves = 0): string => `sip:person${person}@host${moves}.example`;

/**
 * Calls to the people of a book, one every 10 ms, each to where its person has moved by then. The same in each run.
 * The number that comes back is the same person's for as long as the generator lives.
 */
export function* placeCalls({ contacts, assertedAt }: BenchBook): Generator<EventInput, never> {
  const moves = new Uint32Array(contacts);
  const random = seeded(contacts);
  for (let n = 1; ; n += 1) {
    const person = Math.floor(random() * contacts);
    const made = moves[person] ?? 0;
    const outcome = outcomeOf(random() * 100, homeOf(person, made + 1));
    if (outcome.status === 301) moves[person] = made + 1;
    yield {
      id: `call-${n}`,
      callId: `call-${n}@pbx.example`,
      cseq: 1,
      occurredAt: new Date(assertedAt.getTime() + n * 10).toISOString(),
      requestUri: homeOf(person, made),
      ...outcome,
    };
  }
}

function outcomeOf(
  percent: number,
  next: string,
): Pick<EventInput, "reason" | "contacts"> & { status: number } {
  if (percent < share.moved) return { status: 301, reason: "Moved Permanently", contacts: [`<${next}>`] };
  if (percent < share.moved + share.gone) return { status: 410, reason: "Gone" };
  return { status: 200, reason: "OK", contacts: ["<sip:device@192.0.2.1:5060>"] };
}

export function take<T>(source: Generator<T, never>, count: number): readonly T[] {
  return Array.from({ length: count }, () => source.next().value);
}

/** Numbers from 0 to below 1 (mulberry32): good enough, and the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
