import * as fc from "fast-check";
import type { Assertion, FoldEvent } from "../../../../src/domain/fold/fold.ts";
import { rankOf, tieOf } from "../../../../src/domain/fold/position.ts";
import { byTime, targetOf } from "./story.ts";

/** An event with the names that make its tie. */
export interface WorldEvent extends FoldEvent {
  readonly source: string;
  readonly sourceEventId: string;
}

/** A contact with all its assertions and events. It has few keys and times, so that most of them collide. */
export interface World {
  readonly addressIds: readonly string[];
  /** In order of (at, id). */
  readonly assertions: readonly Assertion[];
  /** In any order. */
  readonly events: readonly WorldEvent[];
}

/** A and B are sip or sips, C and D are sip, and the last is a phone number. */
const address = fc.constantFrom("A", "B", "C", "D", "sips:A", "sips:B", "tel:+1");
const instant = fc.integer({ min: 0, max: 8 });
/** In UTF-8 order the last id is the greatest, but not in UTF-16 order. The first source is the least. */
const sourceName = fc.constantFrom("a", "a-b", "a.b", "b");
const idOfSource = fc.constantFrom("1", "10", "2", "a", "b c", "z", "é", "\uffff", "\u{1f600}");

export const worldEvent: fc.Arbitrary<WorldEvent> = fc
  .record({
    kind: fc.constantFrom("moved", "moved", "moved", "gone", "gone", "reachable", "reachable"),
    on: address,
    to: address,
    at: instant,
    received: fc.oneof({ weight: 3, arbitrary: fc.constant(1_000) }, { weight: 1, arbitrary: instant }),
    hold: fc.oneof(
      { weight: 6, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constant("diversion") },
    ),
    source: sourceName,
    sourceEventId: idOfSource,
  })
  .map(({ kind, on, to, at, received, hold, source, sourceEventId }) => ({
    source,
    sourceEventId,
    id: tieOf(source, sourceEventId),
    position: { at, rank: rankOf[kind], tie: tieOf(source, sourceEventId) },
    receivedAt: received,
    kind,
    key: targetOf(on).key,
    target: kind === "moved" ? targetOf(to) : null,
    hold: kind === "moved" ? hold : null,
  }));

export const worldEvents = fc.uniqueArray(worldEvent, { selector: ({ id }) => id, maxLength: 14 });

const assertion = fc.record({
  addressId: fc.constantFrom("x", "y", "z"),
  address,
  status: fc.constantFrom("active", "active", "active", "gone", "removed"),
  at: instant,
});

export const worldAssertions: fc.Arbitrary<readonly Assertion[]> = fc
  .tuple(assertion, fc.array(assertion, { maxLength: 5 }))
  .map(([first, others]) =>
    [first, ...others]
      .map(({ address: given, addressId, status, at }, index) => {
        const { key, uri } = targetOf(given);
        return { id: `${index}`, addressId, key, uri, status, at };
      })
      .toSorted(byTime),
  );

export const world: fc.Arbitrary<World> = fc
  .record({ assertions: worldAssertions, events: worldEvents })
  .map(({ assertions, events }) => ({
    assertions,
    events,
    addressIds: [...new Set(assertions.map(({ addressId }) => addressId))].toSorted(),
  }));
