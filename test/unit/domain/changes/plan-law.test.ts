import * as fc from "fast-check";
import { describe, expect } from "vitest";
import type { ChangeDraft } from "../../../../src/domain/changes/changes.ts";
import type { AddressFacts, ContactFacts, Rejudge } from "../../../../src/domain/changes/plan.ts";
import type { Assertion, FoldEvent } from "../../../../src/domain/fold/fold.ts";
import { comparePositions } from "../../../../src/domain/fold/position.ts";
import { isEmptied, looksSame, type Seen } from "../../../../src/domain/fold/shown.ts";
import { lawsOver } from "../../../support/law.ts";
import { baseOf, contactOf, inOrder } from "../support/story.ts";
import { emptyStore, isHit, plan, type Stored, stoodOn, withAssertions, written } from "../support/worker.ts";
import { world } from "../support/world.ts";

const law = lawsOver(1_000);

/** One arrival: a command, or a batch of events. */
type Arrival = { readonly made: Assertion } | { readonly batch: readonly FoldEvent[] };

interface Worked {
  readonly stored: Stored;
  readonly changes: readonly ChangeDraft[];
}

/** A whole world in random order, in batches of random size. */
const arrivals = fc.tuple(world, fc.infiniteStream(fc.nat())).map(([one, dice]) => {
  const roll = () => dice.next().value ?? 0;
  const made = one.assertions.map((each): Arrival => ({ made: each }));
  const batches: FoldEvent[][] = [];
  const drawn = one.events.map((event) => ({ event, lot: roll() })).toSorted((a, b) => a.lot - b.lot);
  for (const { event } of drawn) {
    const last = batches.at(-1);
    if (last === undefined || roll() % 3 === 0) batches.push([event]);
    else last.push(event);
  }
  const all = [...made, ...batches.map((batch): Arrival => ({ batch }))];
  const order = all.map((arrival) => ({ arrival, lot: roll() })).toSorted((a, b) => a.lot - b.lot);
  return { world: one, order: order.map(({ arrival }) => arrival) };
});

/** A worker folds only contacts that a new event hits. A command always folds its contact. */
function work({ stored, changes }: Worked, arrival: Arrival): Worked {
  const batch = "batch" in arrival ? arrival.batch : [];
  const events = [...stored.events, ...batch];
  const contact = "made" in arrival ? withAssertions(stored.contact, [arrival.made]) : stored.contact;
  const rows = contact.addresses.flatMap(({ lineage }) => lineage);
  const isConcerned = "made" in arrival || batch.some((event) => rows.some((row) => isHit(row, event)));
  if (!isConcerned) return { stored: { contact, events }, changes };
  const made = plan({ contact, events });
  return { stored: { contact: written(contact, made), events }, changes: [...changes, ...made.changes] };
}

const workAll = (order: readonly Arrival[]): Worked =>
  order.reduce(work, { stored: emptyStore, changes: [] });

/** Replays the history of an address. `isUnbroken`: each change starts where the one before it ended. */
function replay(changes: readonly ChangeDraft[], addressId: string) {
  let seen: Seen | null = null;
  let isUnbroken = true;
  for (const change of changes.filter((each) => each.addressId === addressId)) {
    if (!looksSame(change.before, seen) || looksSame(change.before, change.after)) isUnbroken = false;
    seen = change.after;
  }
  return { seen, isUnbroken };
}

describe("a worker that gets everything in any order and any batches", () => {
  law("reaches the fold of everything", [arrivals], ({ world: { assertions, events }, order }) => {
    const { contact } = workAll(order).stored;
    const folded = contactOf({ assertions, events: inOrder(events) });
    const seen = folded.addresses.map((address) => address.seen);
    const archivedBy = isEmptied(seen.filter((each) => each !== null)) ? "empty" : null;
    expect(contact).toEqual({ ...folded, archivedBy });
  });

  law("changes nothing when everything is delivered again", [arrivals], ({ order }) => {
    const again = plan(workAll(order).stored);
    expect(again.changes).toEqual([]);
    expect(again.rejudge).toEqual([]);
    expect(again.addresses.filter(({ lineage }) => lineage !== null)).toEqual([]);
  });

  law("writes a history that leads to the visible state, change by change", [arrivals], ({ order }) => {
    const { stored, changes } = workAll(order);
    for (const { id, seen } of stored.contact.addresses) {
      const replayed = replay(changes, id);
      expect(replayed.isUnbroken).toBe(true);
      expect(looksSame(replayed.seen, seen)).toBe(true);
    }
    const ofContact = changes.filter(({ addressId }) => addressId === null).map(({ kind }) => kind);
    expect(ofContact).toEqual(ofContact.map((_, i) => (i % 2 === 0 ? "archived" : "restored")));
    expect(ofContact.length % 2 === 1).toBe(stored.contact.archivedBy !== null);
  });

  law("asks for new verdicts of all events whose verdict is different now", [arrivals], ({ order }) => {
    const half = order.slice(0, -1);
    const before = workAll(half).stored;
    const last = order.at(-1);
    if (last === undefined) return;
    const contact = "made" in last ? withAssertions(before.contact, [last.made]) : before.contact;
    // An event older than the base has no effect, and its key is not stored.
    if ("made" in last && baseOf(contact.assertions, last.made.addressId) !== last.made) return;
    const made = plan({
      contact,
      events: "batch" in last ? [...before.events, ...last.batch] : before.events,
    });
    const after = written(contact, made);
    const missed = before.events.filter((event) => {
      const was = verdictOf(event, before.contact);
      return was !== verdictOf(event, after) && !isAsked(event, was, made.rejudge);
    });
    expect(missed).toEqual([]);
  });
});

/** True if the event matched no address at its time. Such events are judged again, whatever their age. */
function isAsked({ key, position }: FoldEvent, verdict: string, rejudge: readonly Rejudge[]): boolean {
  const isOpen = verdict === "unmatched" || verdict.startsWith("stale");
  return rejudge.some(
    (asked) => asked.key === key && (asked.since === null || position.at >= asked.since || isOpen),
  );
}

const verdicts = ["applied", "held", "recorded", "stale"];

/** The first of these verdicts that an address of the contact gives. */
function verdictOf(event: FoldEvent, contact: ContactFacts): string {
  const outcomes = contact.addresses.map((address) => outcomeOf(event, address, contact.assertions));
  const first = verdicts.flatMap((code) => outcomes.find((outcome) => outcome?.startsWith(code)) ?? []);
  return first[0] ?? "unmatched";
}

/** Null if the address never had the event's key. */
function outcomeOf(
  event: FoldEvent,
  { id, lineage }: AddressFacts,
  assertions: readonly Assertion[],
): string | null {
  const own = assertions.filter(({ addressId }) => addressId === id);
  const step = lineage.find(({ eventId }) => eventId === event.id);
  if (step !== undefined) return step.code === "loop" ? "recorded: loop" : `${step.code}: ${step.rule}`;
  if (![...lineage.map(({ state }) => state.key), ...own.map(({ key }) => key)].includes(event.key))
    return null;
  const { at } = baseOf(own, id);
  if (event.receivedAt > at && lineage.some((row) => stoodOn(row, event))) return "recorded: no-change";
  if (event.receivedAt <= at || event.position.at <= at) return "stale: before-assertion";
  const end = lineage.at(-1);
  return end?.state.status === "removed" &&
    end.state.key === event.key &&
    comparePositions(end.from, event.position) < 0
    ? "stale: address-removed"
    : "stale: moved-away";
}
