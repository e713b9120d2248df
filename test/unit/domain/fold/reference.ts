import type { AddressState, AddressStatus, Assertion } from "../../../../src/domain/fold/fold.ts";
import type { World, WorldEvent } from "../support/world.ts";

/** One step of the naive fold, for each assertion, event or removal that it considered. */
export interface Note {
  readonly code: "applied" | "held" | "loop" | "no-change";
  /** Null for the assertion at the start, and for a removal. */
  readonly eventId: string | null;
  readonly rule: string | null;
  /** The state after it. */
  readonly state: AddressState;
}

/** (at, rank), and among events of one instant and rank (source, id). */
type Place = readonly [at: number, rank: number, source: string, sourceEventId: string];

const ranks = ["gone", "reachable", "moved"];

/**
 * A naive fold, to compare with fold(). It follows the wording of the rule and searches a set, without any order, lists
 * or bisection.
 */
export function referenceFold({ assertions, events }: World, base: Assertion): readonly Note[] {
  let state: AddressState = { key: base.key, uri: base.uri, status: base.status };
  let cursor: Place = [base.at, Number.POSITIVE_INFINITY, "", ""];
  const met = [base.key];
  const notes: Note[] = [{ code: "applied", eventId: null, rule: null, state }];
  const note = (code: Note["code"], event: WorldEvent | null, rule: string | null = null) =>
    notes.push({ code, eventId: event?.id ?? null, rule, state });

  while (state.status !== "removed") {
    const event = leastOf(
      events.filter(
        (each) =>
          each.key === state.key &&
          isBefore(cursor, placeOf(each)) &&
          each.position.at > base.at &&
          each.receivedAt > base.at,
      ),
    );
    const removals = assertions.filter(
      (each) =>
        each.status === "removed" && each.key === state.key && each.at > base.at && each.at >= cursor[0],
    );
    const removedAt = Math.min(...removals.map(({ at }) => at));
    if (removals.length > 0 && (event === null || event.position.at > removedAt)) {
      state = withStatus(state, "removed");
      note("applied", null);
      break;
    }
    if (event === null) break;
    cursor = placeOf(event);
    if (event.target === null) {
      const [from, to] =
        event.kind === "gone" ? (["active", "gone"] as const) : (["gone", "active"] as const);
      const takes = state.status === from;
      if (takes) state = withStatus(state, to);
      note(takes ? "applied" : "no-change", event);
      continue;
    }
    const { key, uri } = event.target;
    const said = assertions.filter((each) => each.key === key && each.at < event.position.at);
    const rule = event.hold ?? guard(state.uri, uri);
    if (met.includes(key)) note("loop", event);
    else if (said.at(-1)?.status === "removed") note("held", event, "removed-by-person");
    else if (rule !== null) note("held", event, rule);
    else {
      state = { key, uri, status: "active" };
      met.push(key);
      cursor = [event.position.at, Number.NEGATIVE_INFINITY, "", ""];
      note("applied", event);
    }
  }
  return notes;
}

const withStatus = (state: AddressState, status: AddressStatus): AddressState => ({ ...state, status });

function guard(from: string, to: string): string | null {
  if (to.startsWith("tel:")) return from.startsWith("tel:") ? null : "first-phone-number";
  return from.startsWith("sips:") && !to.startsWith("sips:") ? "sips-downgrade" : null;
}

function leastOf(events: readonly WorldEvent[]): WorldEvent | null {
  const least = events.find((event) =>
    events.every((other) => other === event || isBefore(placeOf(event), placeOf(other))),
  );
  return least ?? null;
}

const placeOf = ({ position, kind, source, sourceEventId }: WorldEvent): Place => [
  position.at,
  ranks.indexOf(kind),
  source,
  sourceEventId,
];

function isBefore(a: Place, b: Place): boolean {
  if (a[0] !== b[0]) return a[0] < b[0];
  if (a[1] !== b[1]) return a[1] < b[1];
  if (a[2] !== b[2]) return isLessInBytes(a[2], b[2]);
  return isLessInBytes(a[3], b[3]);
}

/** The order of UTF-8 is the order of code points. */
function isLessInBytes(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  if (left === undefined || right === undefined) return false;
  const differs = left.findIndex((point, i) => point !== right[i]);
  if (differs === -1) return left.length < right.length;
  return (left[differs] ?? -1) < (right[differs] ?? -1);
}
