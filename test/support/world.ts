import fc from "fast-check";
import type { Report } from "../../src/domain/rules/event.ts";
import { moved } from "./call.ts";

/** The addresses in a world. They are few, so that moves meet, loop and merge. */
const names = ["a", "b", "c", "d", "e"] as const;
type Name = (typeof names)[number];

/** All events of a world happen within these seconds of an hour ago. They are few, so that many times are equal. */
const seconds = 12;

export interface WorldEvent {
  readonly id: string;
  readonly kind: "moved" | "gone" | "reachable";
  readonly at: number;
  readonly from: Name;
  readonly to: Name;
  /** One of the few calls of the world. A 410 and an answered branch may belong to the same call. */
  readonly call: number;
}

export interface World {
  /** The contacts, each with its first addresses. */
  readonly contacts: readonly (readonly Name[])[];
  readonly events: readonly WorldEvent[];
}

export const worlds: fc.Arbitrary<World> = fc.record({
  contacts: fc.array(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 3,
  }),
  events: fc
    .array(
      fc.record({
        kind: fc.constantFrom("moved" as const, "moved" as const, "gone" as const, "reachable" as const),
        at: fc.integer({ min: 1, max: seconds }),
        from: fc.constantFrom(...names),
        to: fc.constantFrom(...names),
        call: fc.integer({ min: 0, max: 8 }),
      }),
      { minLength: 1, maxLength: 14 },
    )
    .map((events) => events.map((event, i) => ({ ...event, id: `e${i}` }))),
});

export const uriOf = (name: Name): string => `sip:${name}@world.example`;

/** The moment of a world's second. */
export const timeOf = (start: number, second: number): Date => new Date(start + second * 1000);

export function reportOf(event: WorldEvent, start: number): Report {
  const status = { moved: 301, gone: 410, reachable: 200 }[event.kind];
  const contacts = event.kind === "moved" ? [`<${uriOf(event.to)}>`] : [];
  const callId = `call-${event.call}`;
  const call = { ...moved, requestUri: uriOf(event.from), status, reason: null, contacts, callId };
  return { id: event.id, occurredAt: timeOf(start, event.at), event: call, raw: "{}" };
}
