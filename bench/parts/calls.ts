import type { EventInput } from "../../src/receive/intake/validate.ts";

/** Percent of the calls that end in 301 and in 410; all others are answered. */
export const share = { moved: 4, gone: 2 } as const;

/** The address of a person after this many moves. */
export const homeOf = (person: number, moves = 0): string => `sip:person${person}@host${moves}.example`;

interface CalledBook {
  readonly contacts: number;
  readonly assertedAt: Date;
}

/** Calls to the people of a book, one every 10 ms, each to the person's address at that time. The same in each run. */
export function* placeCalls({ contacts, assertedAt }: CalledBook): Generator<EventInput, never> {
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

/** Random numbers from 0 to below 1 (mulberry32), the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
