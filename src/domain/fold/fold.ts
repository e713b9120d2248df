import type { EventKind, Target } from "../rules/event.ts";
import { guardMove } from "../rules/guard.ts";
import type { HoldRule } from "../rules/rules.ts";
import { asserted, comparePositions, landing, type Position } from "./position.ts";

export type AddressStatus = "active" | "gone" | "removed";

/** State of an address: `removed` by a person, `gone` by an event. */
export interface AddressState {
  readonly key: string;
  readonly uri: string;
  readonly status: AddressStatus;
}

/** The state of an address as a person, an import or an undo set it. Times in milliseconds since the epoch. */
export interface Assertion extends AddressState {
  readonly id: string;
  readonly addressId: string;
  readonly at: number;
}

/** An event that may act, or one that is held for a person (`hold`). */
export interface FoldEvent {
  readonly id: string;
  readonly position: Position;
  readonly receivedAt: number;
  readonly kind: EventKind;
  readonly key: string;
  readonly target: Target | null;
  readonly hold: HoldRule | null;
}

/** The input of the fold of one address. */
export interface Evidence {
  /** By key, each list in order of position. */
  readonly events: ReadonlyMap<string, readonly FoldEvent[]>;
  /** All assertions of the contact, in order of (at, id). */
  readonly assertions: readonly Assertion[];
}

/**
 * One step of a fold. `position` is that of the event or assertion that made it. An applied step is valid from `from`
 * until the `position` of the next applied one.
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

/** What one event does to the present state of an address. */
type Effect =
  | { readonly code: "change"; readonly state: AddressState }
  | { readonly code: "no-change" }
  | { readonly code: "held"; readonly rule: HoldRule }
  | { readonly code: "loop" };

/**
 * Folds one address: starts at its base, applies the next event about the present key, and goes on from the state that
 * follows. The result depends on the set of events, not on the order of their arrival. It ends because a move to a key
 * that was visited before is a loop and not followed. No clock, no I/O, no exceptions.
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

/** The applied steps in order: the states of the address. The first one is its base. */
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

/** An assertion overrides every event that happened before it (the cursor starts there) or was received before it. */
function nextEvent({ events }: Evidence, key: string, cursor: Position, baseAt: number): FoldEvent | null {
  const candidates = events.get(key) ?? [];
  for (let i = firstAfter(candidates, cursor); i < candidates.length; i += 1) {
    const event = candidates[i];
    if (event !== undefined && event.receivedAt > baseAt) return event;
  }
  return null;
}

/** A removal concerns the contact and the key, whichever of the contact's addresses it was made on. */
function nextRemoval({ assertions }: Evidence, key: string, from: number, baseAt: number): number | null {
  const removal = assertions.find(
    ({ status, key: about, at }) => status === "removed" && about === key && at > baseAt && at >= from,
  );
  return removal?.at ?? null;
}

/** True if the last assertion about the key before the event was a removal: an event must not bring it back. */
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
