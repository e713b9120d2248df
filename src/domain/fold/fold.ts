import type { EventKind, Target } from "../rules/event.ts";
import { guardMove } from "../rules/guard.ts";
import type { HoldRule } from "../rules/rules.ts";
import { asserted, comparePositions, landing, type Position } from "./position.ts";

export type AddressStatus = "active" | "gone" | "removed";

/** Where an address stands: `removed` by a person, `gone` by an event. */
export interface AddressState {
  readonly key: string;
  readonly uri: string;
  readonly status: AddressStatus;
}

/** What a person, an import or an undo said of an address of the contact. Times in milliseconds since the epoch. */
export interface Assertion extends AddressState {
  readonly id: string;
  readonly addressId: string;
  readonly at: number;
}

/** An event that may act, or one that waits for a person (`hold`). */
export interface FoldEvent {
  readonly id: string;
  readonly position: Position;
  readonly receivedAt: number;
  readonly kind: EventKind;
  readonly key: string;
  readonly target: Target | null;
  readonly hold: HoldRule | null;
}

/** What the fold of one address looks at. */
export interface Evidence {
  /** By key, each list in order of position. */
  readonly events: ReadonlyMap<string, readonly FoldEvent[]>;
  /** All of the address's contact, in order of (at, id). */
  readonly assertions: readonly Assertion[];
}

/**
 * One step of a fold. `position` is what made it, null for the assertion at its start; an applied step holds from
 * `from` until the `position` of the next applied one.
 */
export type Step =
  | {
      readonly code: "applied";
      readonly eventId: string | null;
      readonly state: AddressState;
      readonly position: Position;
      readonly from: Position;
    }
  | { readonly code: "held"; readonly eventId: string; readonly rule: HoldRule; readonly position: Position }
  | { readonly code: "loop"; readonly eventId: string; readonly position: Position };

type AppliedStep = Extract<Step, { code: "applied" }>;

/** What one event does to the address as it stands. */
type Effect =
  | { readonly code: "change"; readonly state: AddressState }
  | { readonly code: "no-change" }
  | { readonly code: "held"; readonly rule: HoldRule }
  | { readonly code: "loop" };

/**
 * Folds one address: from its base, the earliest event about the present key that happened later, and again from
 * where that leads. The result depends on the set of events and not on the order of their arrival. Ends, since each
 * key is met once. No clock, no I/O, no exceptions.
 */
export function fold(base: Assertion, evidence: Evidence): readonly Step[] {
  const steps: Step[] = [start(base)];
  const met = new Set([base.key]);
  let state: AddressState = { key: base.key, uri: base.uri, status: base.status };
  let cursor = asserted(base.at);
  while (state.status !== "removed") {
    const event = nextEvent(evidence, state.key, cursor, base.at);
    const removal = nextRemoval(evidence, state.key, cursor.at, base.at);
    if (removal !== null && (event === null || event.position.at > removal)) {
      steps.push(endAt(removal, state));
      break;
    }
    if (event === null) break;
    const effect = take(event, state, met, evidence);
    cursor = event.position;
    if (effect.code === "no-change") continue;
    if (effect.code === "change") {
      if (event.kind === "moved") cursor = landing(event.position.at);
      met.add(effect.state.key);
      state = effect.state;
    }
    steps.push(toStep(event, effect, cursor));
  }
  return steps;
}

/** The applied steps, where the address stood one after another; there is always a first one. */
export function appliedSteps(steps: readonly Step[]): readonly AppliedStep[] {
  return steps.filter((step) => step.code === "applied");
}

function take(event: FoldEvent, state: AddressState, met: ReadonlySet<string>, evidence: Evidence): Effect {
  switch (event.kind) {
    case "gone":
      return state.status === "active" ? changed(state, "gone") : { code: "no-change" };
    case "reachable":
      return state.status === "gone" ? changed(state, "active") : { code: "no-change" };
    case "moved":
      return move(event, state, met, evidence);
  }
}

function move(event: FoldEvent, state: AddressState, met: ReadonlySet<string>, evidence: Evidence): Effect {
  if (event.target === null) return { code: "no-change" };
  const { key, uri } = event.target;
  if (met.has(key)) return { code: "loop" };
  if (isBarred(evidence, key, event.position.at)) return { code: "held", rule: "removed-by-person" };
  const hold = event.hold ?? guardMove(state.uri, uri);
  if (hold !== null) return { code: "held", rule: hold };
  return { code: "change", state: { key, uri, status: "active" } };
}

const changed = (state: AddressState, status: AddressStatus): Effect => ({
  code: "change",
  state: { ...state, status },
});

function toStep(event: FoldEvent, effect: Exclude<Effect, { code: "no-change" }>, from: Position): Step {
  const { id: eventId, position } = event;
  switch (effect.code) {
    case "change":
      return { code: "applied", eventId, state: effect.state, position, from };
    case "held":
      return { code: "held", eventId, rule: effect.rule, position };
    case "loop":
      return { code: "loop", eventId, position };
  }
}

function start({ key, uri, status, at }: Assertion): Step {
  return {
    code: "applied",
    eventId: null,
    state: { key, uri, status },
    position: asserted(at),
    from: asserted(at),
  };
}

function endAt(at: number, state: AddressState): Step {
  const position = asserted(at);
  return { code: "applied", eventId: null, state: { ...state, status: "removed" }, position, from: position };
}

/** What a person asserted beats every event that happened before it (the cursor starts there), or was received before. */
function nextEvent({ events }: Evidence, key: string, cursor: Position, baseAt: number): FoldEvent | null {
  const candidates = events.get(key) ?? [];
  for (let i = firstAfter(candidates, cursor); i < candidates.length; i += 1) {
    const event = candidates[i];
    if (event !== undefined && event.receivedAt > baseAt) return event;
  }
  return null;
}

/** A removal is about the contact and the key, whichever of its addresses it was made on. */
function nextRemoval({ assertions }: Evidence, key: string, from: number, baseAt: number): number | null {
  const removal = assertions.find(
    ({ status, key: about, at }) => status === "removed" && about === key && at > baseAt && at >= from,
  );
  return removal?.at ?? null;
}

/** The last word about the key before the event was a removal, so an event does not bring it back. */
function isBarred({ assertions }: Evidence, key: string, before: number): boolean {
  return (
    assertions.findLast((assertion) => assertion.key === key && assertion.at < before)?.status === "removed"
  );
}

/** Index of the first event after the cursor, by bisection. */
function firstAfter(events: readonly FoldEvent[], cursor: Position): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const event = events[middle];
    if (event !== undefined && comparePositions(event.position, cursor) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
