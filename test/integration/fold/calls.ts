import { randomUUID } from "node:crypto";
import type { Static } from "typebox";
import type { EventInput } from "../../../src/wire/calls/events.ts";

// Events as a PBX reports them, on a scale of minutes that starts a day ago.

export type EventBody = Static<typeof EventInput>;

const start = Date.now() - 24 * 60 * 60_000;

/** A minute on the scale. The contacts of the tests are asserted at minute 0. */
export const at = (minute: number) => new Date(start + minute * 60_000).toISOString();

/** The answer `status` to a new call. */
export function call(
  status: number,
  requestUri: string,
  minute: number,
  fields: Partial<EventBody> = {},
): EventBody {
  const id = randomUUID();
  return { id, requestUri, status, occurredAt: at(minute), callId: `call-${id}`, cseq: 1, ...fields };
}

export const moved = (from: string, to: string, minute: number, fields: Partial<EventBody> = {}) =>
  call(301, from, minute, { contacts: [`<${to}>`], ...fields });
export const gone = (uri: string, minute: number, fields: Partial<EventBody> = {}) =>
  call(410, uri, minute, fields);
export const answered = (uri: string, minute: number, fields: Partial<EventBody> = {}) =>
  call(200, uri, minute, fields);

/** Addresses of one person. */
export const A = "sip:a@pbx.example";
export const B = "sip:b@pbx.example";
export const C = "sip:c@pbx.example";
export const D = "sip:d@pbx.example";
