import {
  type ContactFacts,
  type ContactPlan,
  type PlanInput,
  planContact,
} from "../../../../src/domain/changes/plan.ts";
import type { Assertion, FoldEvent } from "../../../../src/domain/fold/fold.ts";
import type { LineageRow } from "../../../../src/domain/fold/lineage.ts";
import { comparePositions } from "../../../../src/domain/fold/position.ts";
import { seenAs } from "../../../../src/domain/fold/shown.ts";
import { byTime, inOrder } from "./story.ts";

/** The stored data of one contact. */
export interface Stored {
  readonly contact: ContactFacts;
  readonly events: readonly FoldEvent[];
}

export const emptyStore: Stored = {
  contact: { id: "contact", archivedBy: null, addresses: [], assertions: [] },
  events: [],
};

/** Adds an assertion. Readers have not seen a new address yet. */
export function withAssertions(contact: ContactFacts, made: readonly Assertion[]): ContactFacts {
  const assertions = [...contact.assertions, ...made].toSorted(byTime);
  const known = new Set(contact.addresses.map(({ id }) => id));
  const added = [...new Set(made.map(({ addressId }) => addressId))].filter((id) => !known.has(id));
  const addresses = [...contact.addresses, ...added.map((id) => ({ id, seen: null, lineage: [] }))];
  return { ...contact, assertions, addresses: addresses.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** Plans the contact again, from everything that is stored. */
export function plan({ contact, events }: Stored, options: Partial<PlanInput> = {}): ContactPlan {
  return planContact({
    contact,
    events: inOrder(events),
    emptyContact: "archive",
    archivedByPerson: false,
    cause: { kind: "event", eventId: "the last one" },
    ...options,
  });
}

/** The contact after its plan is written. */
export function written(contact: ContactFacts, { addresses, archivedBy }: ContactPlan): ContactFacts {
  const planned = new Map(addresses.map((address) => [address.id, address]));
  return {
    ...contact,
    archivedBy,
    addresses: contact.addresses.map((facts) => {
      const address = planned.get(facts.id);
      if (address === undefined) return facts;
      const seen = seenAs(address.state, address.mergedInto !== null);
      return { id: facts.id, seen, lineage: address.lineage ?? facts.lineage };
    }),
  };
}

/** True if the address had the event's key at its time, so that the fold considered the event. */
export function stoodOn({ code, state, from, until }: LineageRow, { key, position }: FoldEvent): boolean {
  return (
    code === "applied" &&
    state.status !== "removed" &&
    state.key === key &&
    comparePositions(from, position) < 0 &&
    (until === null || comparePositions(position, until) < 0)
  );
}

/** True if the event can change the rows after this one. If not, a worker need not fold the contact. */
export function isHit(row: LineageRow, event: FoldEvent): boolean {
  const { status } = row.state;
  const can = event.kind === "moved" || (event.kind === "gone" ? status === "active" : status === "gone");
  return can && stoodOn(row, event);
}
