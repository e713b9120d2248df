import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { explain } from "../domain/rules/explain.ts";
import type { EventRow } from "../store/events/events.ts";
import type { EventOutcome } from "../store/events/outcomes.ts";
import { Event, type Verdict } from "./events.ts";

/** What the column `report` holds. */
const Report = Type.Pick(Event, [
  "method",
  "requestUri",
  "status",
  "reason",
  "contacts",
  "reasonHeaders",
  "warnings",
  "diversion",
  "expires",
  "callId",
  "cseq",
  "inDialog",
  "followed",
  "branchOutcomes",
]);

/** Of how many addresses an answer tells: a switchboard's number may stand in every contact of a book. */
export const mostOutcomes = { inList: 100, ofOne: 1000 } as const;

/** An event with its outcomes, which are those of this event only. */
export function eventToWire(row: EventRow, outcomes: readonly EventOutcome[]): Static<typeof Event> {
  return {
    id: row.id,
    sourceEventId: row.sourceEventId,
    source: row.source.name,
    occurredAt: row.occurredAt.toISOString(),
    receivedAt: row.receivedAt.toISOString(),
    clockAdjusted: row.clockAdjusted,
    ...readReport(row),
    verdict: verdictOf(row, outcomes),
    outcomes: outcomes.map(({ contactId, addressId, code, rule, changeId }) => ({
      contactId,
      addressId,
      code,
      rule,
      changeId,
    })),
    attempts: row.attempts,
    error: row.error,
  };
}

function readReport({ id, report }: EventRow): Static<typeof Report> {
  if (!Check(Report, report)) throw new TypeError(`Event ${id} has a report of another shape`);
  return report;
}

function verdictOf(row: EventRow, outcomes: readonly EventOutcome[]): Static<typeof Verdict> | null {
  const { verdict: code, rule } = row;
  if (code === null || rule === null) return null;
  const { requestUri, reason } = readReport(row);
  const event = { ...row, source: row.source.name, requestUri, reason };
  return { code, rule, explanation: [...explain(event, { code, rule }, outcomes)] };
}

/** What the PBX sent: its JSON, or the text where it is not JSON. */
export function rawToWire(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}
