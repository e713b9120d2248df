import { dialectOf } from "../../../../src/dialects/dialects.ts";
import type { Report } from "../../../../src/domain/rules/event.ts";
import { interpret } from "../../../../src/receive/interpret/interpret.ts";
import { moved } from "../../../support/call.ts";

type Query = Readonly<Record<string, string>>;

/** The events of a dialect's body as the rules read them, or one line that says why there are none. */
export function translate(dialect: string, body: string, query: Query = {}, mapping: unknown = null) {
  const read = interpret({ name: dialect, dialect }, { body, query, contentType: "", headers: {}, mapping });
  if (read.kind === "ignored") return `ignored: ${read.reason}`;
  if (read.kind === "unparsed") {
    const { detail, errors = [] } = read.problem.toBody();
    return ["refused", ...(errors.length === 0 ? [detail] : errors.map(({ pointer }) => pointer))].join(" ");
  }
  const [validation] = read.validations;
  if (validation?.kind !== "valid" || read.validations.length !== 1)
    throw new Error(JSON.stringify(read.validations));
  const { id, occurredAt, event } = validation.report;
  return { ...event, id, occurredAt: occurredAt?.toISOString() ?? null };
}

export const contradicted =
  "ignored: a 301 or 410 of a call that the platform calls busy, unanswered, cancelled, timed out or cleared";

/** A form or an object with one field changed or removed. */
export function changed(form: string, fields: Readonly<Record<string, string | null>>): string {
  const params = new URLSearchParams(form);
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return params.toString();
}

/** What the PBX would send for an event, or null. */
export function written(dialect: string, fields: Partial<Report["event"]>) {
  const call = { requestUri: "sip:alice@pbx.example.net", status: 410, callId: "call-1", cseq: null };
  const event = { ...moved, reason: null, contacts: [], ...call, ...fields };
  return dialectOf({ dialect }).write({ id: "7", occurredAt: new Date("2026-11-22T13:01:32.500Z"), event });
}
