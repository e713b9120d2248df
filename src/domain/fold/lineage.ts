import type { HoldRule } from "../rules/rules.ts";
import { type AddressState, appliedSteps, type Step } from "./fold.ts";
import { comparePositions, type Position } from "./position.ts";

/** One stored step of a fold: the state after it and, for an applied step, the time span in which it is valid. */
export interface LineageRow {
  readonly code: Step["code"];
  readonly eventId: string | null;
  readonly rule: HoldRule | null;
  readonly state: AddressState;
  readonly from: Position;
  readonly until: Position | null;
}

/** The steps as they are stored, in order. */
export function toLineage(steps: readonly Step[]): readonly LineageRow[] {
  const applied = appliedSteps(steps);
  let count = 0;
  return steps.flatMap((step): readonly LineageRow[] => {
    if (step.code === "applied") {
      count += 1;
      const until = applied[count]?.position ?? null;
      return [
        { code: "applied", eventId: step.eventId, rule: null, state: step.state, from: step.from, until },
      ];
    }
    const state = applied[count - 1]?.state;
    if (state === undefined) return [];
    const rule = step.code === "held" ? step.rule : null;
    return [{ code: step.code, eventId: step.eventId, rule, state, from: step.position, until: null }];
  });
}

/** The applied rows: the states of the address in order. */
export const appliedRows = (rows: readonly LineageRow[]): readonly LineageRow[] =>
  rows.filter(({ code }) => code === "applied");

/** Number of equal rows at the start of both. Rows are equal if the same event or assertion led to the same state. */
export function sharedLength(a: readonly LineageRow[], b: readonly LineageRow[]): number {
  const differs = a.findIndex((row, i) => !isSameRow(row, b[i]));
  return differs === -1 ? a.length : differs;
}

/** Number of steps that can stay as they are stored: equal rows that also end at the same position. */
export function unchangedLength(a: readonly LineageRow[], b: readonly LineageRow[]): number {
  const differs = a.findIndex(
    (row, i) => !isSameRow(row, b[i]) || !isSameEnd(row.until, b[i]?.until ?? null),
  );
  return differs === -1 ? a.length : differs;
}

const isSameEnd = (a: Position | null, b: Position | null): boolean =>
  a === null || b === null ? a === b : comparePositions(a, b) === 0;

export function isSameLineage(a: readonly LineageRow[], b: readonly LineageRow[]): boolean {
  return a.length === b.length && sharedLength(a, b) === a.length;
}

function isSameRow(a: LineageRow, b: LineageRow | undefined): boolean {
  return (
    b !== undefined &&
    a.code === b.code &&
    a.eventId === b.eventId &&
    a.rule === b.rule &&
    a.state.key === b.state.key &&
    a.state.uri === b.state.uri &&
    a.state.status === b.state.status &&
    comparePositions(a.from, b.from) === 0
  );
}
