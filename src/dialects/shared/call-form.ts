import { type Static, Type } from "typebox";
import { isSuccess, type Report } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import { events, type Outgoing, type Translation } from "./dialect.ts";
import { dialledUri, dialString, finalCode, isContradicted, isWholeCall, noAnswer } from "./outbound-call.ts";
import { endOfSecond, readForm } from "./values.ts";

// The status callbacks of Twilio: forms, which SignalWire posts as well.

const Text = Type.Optional(Type.String());

/** The field names of both. */
export const callFields = {
  CallSid: Type.String(),
  CallStatus: Type.String(),
  To: Text,
  Called: Text,
  Direction: Text,
  SequenceNumber: Text,
  Timestamp: Text,
  CallDuration: Text,
};

const Call = Type.Object(callFields);
type Call = Static<typeof Call>;

/** The fields of a form, or the properties of a JSON body as text: both platforms can be set to post JSON. */
export function readFields(body: string): Readonly<Record<string, string>> {
  if (!body.trimStart().startsWith("{")) return readForm(body);
  try {
    const value: unknown = JSON.parse(body);
    const entries = Object.entries(typeof value === "object" && value !== null ? value : {});
    return Object.fromEntries(
      entries.flatMap(([name, each]): [string, string][] =>
        typeof each === "string" || typeof each === "number" ? [[name, `${each}`]] : [],
      ),
    );
  } catch {
    return readForm(body);
  }
}

/** Statuses of a call that has ended. With any other status it is in progress. */
const isOver = (status: string): boolean =>
  ["completed", "busy", "failed", "no-answer", "canceled"].includes(status);

interface CallAnswer {
  /** The SIP code and phrase of the answer, under the platform's own names. */
  readonly code: string | undefined;
  readonly reason?: string | undefined;
  readonly names: Readonly<Record<string, string>>;
}

/** The end of a call. Reports of the same call are numbered. */
export function readCall(value: Call, { code, reason, names }: CallAnswer): Translation {
  const { CallSid, CallStatus, SequenceNumber } = value;
  if (value.Direction?.startsWith("inbound") === true) return noAnswer.inbound;
  if (!isOver(CallStatus)) return noAnswer.underway;
  const status = finalCode(code);
  if (status === null) return noAnswer.codeless;
  if (isContradicted(status, CallStatus)) return noAnswer.contradicted;
  const event = defined({
    id: `${CallSid}-${SequenceNumber ?? CallStatus}`,
    method: "INVITE",
    requestUri: dialledUri(value.To ?? value.Called ?? ""),
    status,
    reason: reason?.slice(0, 1000),
    // A code after the answer belongs to another request than the INVITE.
    inDialog: CallStatus === "completed" && !isSuccess(status),
    occurredAt: answeredAt(value.Timestamp, value.CallDuration),
  });
  return events({ event, names });
}

/**
 * When the callee answered: the end of the call minus its duration. Both are whole seconds, so the result is the end of
 * that second.
 */
export function answeredAt(timestamp = "", duration = ""): string | undefined {
  if (!/\d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UTC|Z)$/.test(timestamp)) return undefined;
  const talked = /^\d{1,9}$/.test(duration) ? Number(duration) : 0;
  return endOfSecond(Date.parse(timestamp) / 1000 - talked);
}

/** A status callback of a whole call, with the code under the platform's name for it. */
export function writeCall(
  { id, occurredAt, event }: Omit<Report, "raw">,
  fields: Readonly<Record<string, string>>,
): Outgoing | null {
  if (!isWholeCall(event)) return null;
  const form = new URLSearchParams({
    CallSid: id ?? event.callId ?? "",
    CallStatus: statusWord(event.status),
    CallbackSource: "call-progress-events",
    Direction: "outbound-api",
    From: "+15550100",
    To: dialString(event.requestUri),
    SequenceNumber: "2",
    CallDuration: "0",
    ...(occurredAt === null ? {} : { Timestamp: occurredAt.toUTCString().replace("GMT", "+0000") }),
    ...fields,
  });
  return { contentType: "application/x-www-form-urlencoded", body: form.toString() };
}

function statusWord(status: number): string {
  if (status < 300) return "completed";
  if (status === 486) return "busy";
  return status === 480 ? "no-answer" : "failed";
}
