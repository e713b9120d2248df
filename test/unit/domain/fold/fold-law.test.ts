import * as fc from "fast-check";
import { describe, expect } from "vitest";
import { appliedSteps, fold, type Step } from "../../../../src/domain/fold/fold.ts";
import { appliedRows, toLineage } from "../../../../src/domain/fold/lineage.ts";
import { asserted, comparePositions, type Position } from "../../../../src/domain/fold/position.ts";
import { lawsOver } from "../../../support/law.ts";
import { baseOf, inOrder } from "../support/story.ts";
import { isHit, stoodOn } from "../support/worker.ts";
import { type World, type WorldEvent, world, worldEvent } from "../support/world.ts";
import { referenceFold } from "./reference.ts";

/** The number of worlds for each law. */
const law = lawsOver(1_000);

/** A law of every address of a world. */
const addressLaw = (name: string, holds: (one: World, addressId: string) => void) =>
  law(name, [world], (one) => {
    for (const addressId of one.addressIds) holds(one, addressId);
  });

function foldIn({ assertions, events }: World, addressId: string): readonly Step[] {
  return fold(baseOf(assertions, addressId), { assertions, events: inOrder(events) });
}

describe("the fold", () => {
  addressLaw("equals the reference fold", (one, addressId) => {
    const notes = referenceFold(one, baseOf(one.assertions, addressId));
    const expected = notes
      .filter(({ code }) => code !== "no-change")
      .map(({ code, eventId, rule, state }) =>
        code === "applied" ? { code, eventId, state } : { code, eventId, rule },
      );
    expect(foldIn(one, addressId).map(withoutTimes)).toEqual(expected);
  });

  law(
    "does not depend on the order of arrival, nor on duplicates",
    [world, fc.infiniteStream(fc.nat())],
    (one, dice) => {
      const arrived = one.events
        .map((event) => ({ event, lot: dice.next().value ?? 0 }))
        .toSorted((a, b) => a.lot - b.lot)
        .map(({ event }) => event);
      for (const addressId of one.addressIds) {
        expect(foldIn({ ...one, events: arrived }, addressId)).toEqual(foldIn(one, addressId));
      }
    },
  );

  addressLaw("counts an event at most once, and reaches each key at most once", (one, addressId) => {
    const steps = foldIn(one, addressId);
    const eventIds = steps.flatMap(({ eventId }) => (eventId === null ? [] : [eventId]));
    expect(new Set(eventIds).size).toBe(eventIds.length);
    const keys = appliedSteps(steps).map(({ state }) => state.key);
    const arrivals = keys.filter((key, i) => key !== keys[i - 1]);
    expect(new Set(arrivals).size).toBe(arrivals.length);
  });

  addressLaw("never goes back in time", (one, addressId) => {
    const times = foldIn(one, addressId).map(({ position }) => position.at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  addressLaw("is not changed by a held event", (one, addressId) => {
    const free = { ...one, events: one.events.filter(({ hold }) => hold === null) };
    expect(appliedSteps(foldIn(one, addressId))).toEqual(appliedSteps(foldIn(free, addressId)));
  });

  addressLaw("is not changed by an event that made no step", (one, addressId) => {
    const steps = foldIn(one, addressId);
    const took = new Set(steps.map(({ eventId }) => eventId));
    const essential = { ...one, events: one.events.filter(({ id }) => took.has(id)) };
    expect(foldIn(essential, addressId)).toEqual(steps);
  });

  addressLaw("needs only the first answered call after each 410 and after the base", (one, addressId) => {
    const base = baseOf(one.assertions, addressId);
    const counting = one.events.filter(
      ({ position, receivedAt }) => position.at > base.at && receivedAt > base.at,
    );
    const kept = one.events.filter(
      (event) => event.kind !== "reachable" || isFirstAnswer(event, counting, asserted(base.at)),
    );
    expect(foldIn({ ...one, events: kept }, addressId)).toEqual(foldIn(one, addressId));
  });
});

describe("the intervals of the lineage", () => {
  addressLaw("contain exactly the events without a step that the fold considered", (one, addressId) => {
    const base = baseOf(one.assertions, addressId);
    const notes = referenceFold(one, base);
    const idle = notes.flatMap(({ code, eventId }) => (code === "no-change" ? [eventId] : []));
    const steps = foldIn(one, addressId);
    const took = new Set(steps.map(({ eventId }) => eventId));
    const rows = toLineage(steps);
    const within = one.events
      .filter(({ id }) => !took.has(id))
      .filter(({ position, receivedAt }) => position.at > base.at && receivedAt > base.at)
      .filter((event) => rows.some((row) => stoodOn(row, event)))
      .map(({ id }) => id);
    expect(new Set(within)).toEqual(new Set(idle));
  });

  addressLaw("follow one another without overlap on a key", (one, addressId) => {
    const rows = appliedRows(toLineage(foldIn(one, addressId)));
    for (const event of one.events) {
      expect(rows.filter((row) => stoodOn(row, event)).length).toBeLessThanOrEqual(1);
    }
    const backward = rows.filter(({ from, until }) => until !== null && comparePositions(from, until) >= 0);
    expect(backward).toEqual([]);
    expect(rows.filter(({ until }) => until === null)).toEqual(rows.slice(-1));
  });

  law("show that other new events change nothing", [world, worldEvent], (one, event) => {
    fc.pre(!one.events.some(({ id }) => id === event.id));
    for (const addressId of one.addressIds) {
      const before = foldIn(one, addressId);
      if (toLineage(before).some((row) => isHit(row, event))) continue;
      expect(foldIn({ ...one, events: [...one.events, event] }, addressId)).toEqual(before);
    }
  });

  law("show which answered calls and 410s make a step", [world, worldEvent], (one, event) => {
    fc.pre(!one.events.some(({ id }) => id === event.id) && event.kind !== "moved");
    for (const addressId of one.addressIds) {
      const before = foldIn(one, addressId);
      const { at } = baseOf(one.assertions, addressId);
      if (event.receivedAt <= at || !toLineage(before).some((row) => isHit(row, event))) continue;
      const after = foldIn({ ...one, events: [...one.events, event] }, addressId);
      expect(after.map(({ eventId }) => eventId)).toContain(event.id);
    }
  });

  addressLaw("keep every step with the state after it", (one, addressId) => {
    const notes = referenceFold(one, baseOf(one.assertions, addressId));
    const expected = notes
      .filter(({ code }) => code !== "no-change")
      .map(({ code, eventId, rule, state }) => ({ code, eventId, rule, state }));
    const rows = toLineage(foldIn(one, addressId)).map(({ code, eventId, rule, state }) => ({
      code,
      eventId,
      rule,
      state,
    }));
    expect(rows).toEqual(expected);
  });
});

function withoutTimes(step: Step) {
  const { code, eventId } = step;
  if (code === "applied") return { code, eventId, state: step.state };
  return { code, eventId, rule: code === "held" ? step.rule : null };
}

/** True if it is the first answered call after a 410 of its key, or after the base. */
function isFirstAnswer(answer: WorldEvent, events: readonly WorldEvent[], base: Position): boolean {
  const onKey = events.filter(({ key }) => key === answer.key);
  const starts = [base, ...onKey.flatMap(({ kind, position }) => (kind === "gone" ? [position] : []))];
  return starts.some((start) => {
    const later = onKey.filter(
      ({ kind, position }) => kind === "reachable" && comparePositions(position, start) > 0,
    );
    return (
      later.length > 0 && later.every(({ position }) => comparePositions(answer.position, position) <= 0)
    );
  });
}
