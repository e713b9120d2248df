import type { ChangeDraft } from "../../../../src/domain/changes/changes.ts";
import type { AddressFacts, ContactFacts } from "../../../../src/domain/changes/plan.ts";
import {
  type AddressState,
  type Assertion,
  appliedSteps,
  type FoldEvent,
  fold,
  type Step,
} from "../../../../src/domain/fold/fold.ts";
import { toLineage } from "../../../../src/domain/fold/lineage.ts";
import { comparePositions, rankOf } from "../../../../src/domain/fold/position.ts";
import { hiddenBehind, type Seen, seenAs } from "../../../../src/domain/fold/shown.ts";

/** The assertions and events of one contact. Its addresses are w, x, y and z, the oldest first. */
export interface Story {
  readonly assertions: readonly Assertion[];
  readonly events: ReadonlyMap<string, readonly FoldEvent[]>;
}

/** The default time of receipt of an event, which is after all assertions. */
const LATE = 1_000;
const PART = /^(?<at>[\d.]+):(?<what>\S+(?: (?:gone|removed|410|200))?)(?<notes>.*)$/;
const NOTES =
  /^(?: held (?<hold>diversion|device-contact))?(?: received (?<received>[\d.]+))?(?: #(?<tie>\S+))?$/;

/**
 * Reads a line such as "0:x=A, 1:A->B, 3:B 410, 4:B 200, 5:x=B removed": address x was set to A at 0, a 301 moved A to
 * B at 1, B was 410 at 3 and answered at 4, and a person removed x from B at 5. An event may be "held", "received" at a
 * given time (default: after all assertions), and have a "#tie" (default: its text).
 */
export function readStory(line: string): Story {
  const parts = line.split(", ").map(readPart);
  const assertions = parts.flatMap(({ assertion }) => (assertion === null ? [] : [assertion]));
  const events = parts.flatMap(({ event }) => (event === null ? [] : [event]));
  return {
    assertions: assertions.toSorted(byTime),
    events: inOrder(events),
  };
}

export const byTime = (a: Assertion, b: Assertion): number => a.at - b.at || (a.id < b.id ? -1 : 1);

/** The events for fold(): by key, in order of position. */
export function inOrder<Event extends FoldEvent>(
  events: readonly Event[],
): ReadonlyMap<string, readonly Event[]> {
  return Map.groupBy(
    events.toSorted((a, b) => comparePositions(a.position, b.position)),
    ({ key }) => key,
  );
}

export function baseOf(assertions: readonly Assertion[], addressId: string): Assertion {
  const base = assertions.findLast((each) => each.addressId === addressId);
  if (base === undefined) throw new Error(`${addressId} has no assertion`);
  return base;
}

function readPart(text: string, index: number): { assertion: Assertion | null; event: FoldEvent | null } {
  const { at, what, notes } = PART.exec(text)?.groups ?? {};
  const { hold, received, tie = text } = NOTES.exec(notes ?? "")?.groups ?? {};
  if (at === undefined || what === undefined) throw new Error(`"${text}" is not a part of a story`);
  const [, addressId, asserted] = /^([w-z])=(.+)$/.exec(what) ?? [];
  if (addressId !== undefined && asserted !== undefined) {
    const id = String(index).padStart(3, "0");
    return { assertion: { id, addressId, at: Number(at), ...stateOf(asserted) }, event: null };
  }
  const [key = "", answer = ""] = what.split(/->| /);
  const kind = answer === "410" ? "gone" : answer === "200" ? "reachable" : "moved";
  const event: FoldEvent = {
    id: text,
    position: { at: Number(at), rank: rankOf[kind], tie },
    receivedAt: Number(received ?? LATE),
    kind,
    key,
    target: kind === "moved" ? targetOf(answer) : null,
    hold: hold === "diversion" || hold === "device-contact" ? hold : null,
  };
  return { assertion: null, event };
}

function stateOf(text: string): AddressState {
  const [address = "", status = "active"] = text.split(" ");
  return { ...targetOf(address), status: status === "gone" || status === "removed" ? status : "active" };
}

/** "A", "sips:A" or "A'" (all of one key: other schemes, other spelling), or "tel:+1". */
export function targetOf(address: string): { readonly key: string; readonly uri: string } {
  if (address.startsWith("tel:")) return { key: address, uri: address };
  const [, scheme = "sip", key = "", spelling] = /^(?:(sips?):)?(\w+)(')?$/.exec(address) ?? [];
  const uri = `${scheme}:${key}@example.com`;
  return { key, uri: spelling === undefined ? uri : `${uri};transport=tcp` };
}

const nameOf = (uri: string): string =>
  uri.replace(/^sip:/, "").replace("@example.com", "").replace(";transport=tcp", "'");

export const sayState = ({ uri, status }: AddressState): string =>
  status === "active" ? nameOf(uri) : `${nameOf(uri)} ${status}`;

export const saySeen = (seen: Seen | null): string =>
  seen === null
    ? "nothing"
    : seen.state === "active"
      ? nameOf(seen.uri)
      : `${nameOf(seen.uri)} ${seen.state}`;

function sayStep(step: Step): string {
  if (step.code === "applied") return sayState(step.state);
  return step.code === "held" ? `held ${step.rule}` : "loop";
}

/** "rewritten A -> B by 1:A->B". An event is named by its part of the story, any other cause by its kind. */
export function sayChange({ kind, addressId, before, after, cause }: ChangeDraft): string {
  const what = addressId === null ? kind : `${kind} ${saySeen(before)} -> ${saySeen(after)}`;
  return `${what} by ${cause.kind === "event" ? cause.eventId : cause.kind}`;
}

export function foldOf({ assertions, events }: Story, addressId: string): readonly Step[] {
  return fold(baseOf(assertions, addressId), { assertions, events });
}

/** The steps of one address: "A, B, loop, B gone". */
export const pathOf = (story: Story, addressId: string): string =>
  foldOf(story, addressId).map(sayStep).join(", ");

/** The stored contact after its whole story is applied. */
export function contactAfter(line: string): ContactFacts {
  return contactOf(line === "" ? { assertions: [], events: new Map() } : readStory(line));
}

export function contactOf(story: Story): ContactFacts {
  const ids = [...new Set(story.assertions.map(({ addressId }) => addressId))].toSorted();
  const folded = ids.map((id) => {
    const steps = foldOf(story, id);
    const state = appliedSteps(steps).at(-1)?.state;
    if (state === undefined) throw new Error(`The fold of ${id} has no first step`);
    return { id, state, lineage: toLineage(steps) };
  });
  const hidden = hiddenBehind(folded);
  const addresses = folded.map(
    ({ id, state, lineage }): AddressFacts => ({ id, lineage, seen: seenAs(state, hidden.has(id)) }),
  );
  return { id: "contact", archivedBy: null, addresses, assertions: story.assertions };
}

/** The addresses that readers see at the end: "B, C gone", or "nothing". */
export function shownAfter(story: Story): string {
  const shown = contactOf(story).addresses.flatMap(({ seen }) =>
    seen?.state === "active" || seen?.state === "gone" ? [saySeen(seen)] : [],
  );
  return shown.length === 0 ? "nothing" : shown.toSorted().join(", ");
}
