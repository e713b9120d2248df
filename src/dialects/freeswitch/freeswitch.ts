import { isSuccess } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import { ownSigning } from "../../signatures/signing.ts";
import { type Dialect, events, ignored, type Translation } from "../shared/dialect.ts";
import { readEach } from "../shared/json-reports.ts";
import { causesAgainst } from "../shared/outbound-call.ts";
import { addrSpecOf, endOfSecond, timeOf } from "../shared/values.ts";
import { readCdr } from "./body.ts";
import { type Leg, readLeg } from "./leg.ts";
import { writeCdr } from "./write.ts";

/**
 * A leg that FreeSWITCH called, from its CDR modules or its event socket (docs/pbx/freeswitch.md). Only the SIP answer
 * gives the status: `hangup_cause` has Q.850 causes, which may veto a 410 but never make one, and
 * `sip_invite_failure_status` is 487 for a redirect that was not followed.
 */
export const freeswitch: Dialect = {
  name: "freeswitch",
  label: "FreeSWITCH",
  firstMode: "immediate",
  signing: ownSigning,
  read({ body }): Translation {
    const cdr = readCdr(body);
    return cdr.kind === "value" ? readEach(cdr.value, readReport) : cdr;
  },
  write: writeCdr,
};

function readReport(value: unknown): Translation {
  const read = readLeg(value);
  return read.kind === "leg" ? translate(read.leg) : read;
}

function translate(leg: Leg): Translation {
  if (leg.direction === "inbound") return ignored("the caller's leg");
  if (leg.direction !== "outbound") {
    const errors = [{ pointer: "/channel_data/direction", detail: "must be inbound or outbound" }];
    return { kind: "invalid", errors };
  }
  const requestUri = requestUriOf(leg);
  if (requestUri === undefined) return ignored("a leg that is not SIP");
  const outcome = outcomeOf(leg);
  if (typeof outcome === "string") return ignored(outcome);
  const event = defined({
    id: leg.read("uuid"),
    method: "INVITE",
    requestUri,
    ...outcome,
    reasonHeaders: [...leg.readAll("sip_reason"), ...vetoesOf(leg, outcome["status"])],
    diversion: leg.readAll("sip_redirected_by"),
    callId: leg.read("sip_call_id")?.slice(0, 512),
  });
  return events({ event, names: namesIn(leg) });
}

/** The cause of the leg includes the Reason header of the answer, which `sip_reason` does not always have. */
const vetoesOf = (leg: Leg, status: unknown): readonly string[] =>
  causesAgainst(status, [...leg.readAll("hangup_cause_q850"), ...leg.readAll("sip_term_cause")]);

/** What the callee answered, or why it cannot be known. */
function outcomeOf(leg: Leg): Readonly<Record<string, unknown>> | string {
  const status = statusOf(leg);
  const contacts = contactsOf(leg);
  const isRedirected = leg.variables.some((name) => /^sip_redirect(ed_to$|_contact_)/.test(name));
  const isFailure = status !== null && status >= 400;
  // Whole Contacts come from a redirect that was not followed, or from a redirect of the bridged leg.
  const followed = isRedirected && (isFailure || contacts.length === 0);
  const answeredAt = timeFrom(leg, "answer");
  if (status === null || isSuccess(status)) {
    if (answeredAt !== undefined && hadDialog(leg)) return { status: 200, followed, occurredAt: answeredAt };
    return isRedirected ? "a redirect whose code FreeSWITCH did not keep" : "a call without a final answer";
  }
  if (status < 200) return "a call without a final answer";
  if (status > 699) return "a status of FreeSWITCH's own";
  const [reason, occurredAt] = [phraseOf(leg, status), timeFrom(leg, "end")];
  // A code after an answer belongs to a re-INVITE or a BYE, and is about the other telephone (RFC 5057).
  return { status, reason, contacts, followed, inDialog: answeredAt !== undefined, occurredAt };
}

/** The code of the answer that ended the leg. FreeSWITCH and its SIP stack have codes of their own above 699. */
function statusOf(leg: Leg): number | null {
  const cause = /^sip:(\d{3})$/i.exec(leg.read("proto_specific_hangup_cause") ?? "");
  const status = cause?.[1] ?? leg.read("sip_term_status") ?? "";
  return /^\d{3}$/.test(status) ? Number(status) : null;
}

/** The application `answer` sets a time even on a leg that nobody answered. A BYE proves that somebody did. */
const hadDialog = (leg: Leg): boolean => /^(send|recv)_bye$/.test(leg.read("sip_hangup_disposition") ?? "");

/** The Contacts of a redirect, in order; each is a whole header value. */
function contactsOf(leg: Leg): readonly string[] {
  const numbers = leg.variables.flatMap((name) => /^sip_redirect_contact_(\d{1,4})$/.exec(name)?.[1] ?? []);
  return numbers
    .toSorted((a, b) => Number(a) - Number(b))
    .flatMap((number) => leg.readAll(`sip_redirect_contact_${number}`));
}

/** The Request-URI. FreeSWITCH removes `fs_path`, the next hop, before it sends. */
function requestUriOf(leg: Leg): string | undefined {
  const uri = leg.read("sip_invite_req_uri") ?? leg.read("sip_destination_url") ?? leg.read("sip_req_uri");
  const bare = uri === undefined ? undefined : addrSpecOf(uri).replace(/;fs_path=[^;?]*/i, "");
  return bare === undefined || /^(sips?|tel):/i.test(bare) ? bare : `sip:${bare}`;
}

/** The phrase belongs to a status that differs if FreeSWITCH itself gave up the call. */
function phraseOf(leg: Leg, status: number): string | undefined {
  const isItsOwn = leg.read("sip_invite_failure_status") === `${status}`;
  return isItsOwn ? leg.read("sip_invite_failure_phrase")?.slice(0, 1000) : undefined;
}

/** From microseconds, else from whole seconds. Undefined for 0, which means that it did not happen. */
function timeFrom(leg: Leg, name: "answer" | "end"): string | undefined {
  const microseconds = Number(leg.read(`${name}_uepoch`) ?? 0);
  const seconds = Number(leg.read(`${name}_epoch`) ?? 0);
  return timeOf(microseconds / 1000) ?? (seconds > 0 ? endOfSecond(seconds) : undefined);
}

/** The posted name of each of our properties, for error texts. */
const namesIn = ({ placeOf }: Leg) => ({
  id: placeOf("uuid"),
  requestUri: placeOf("sip_destination_url"),
  status: placeOf("proto_specific_hangup_cause"),
  contacts: placeOf("sip_redirect_contact"),
  reasonHeaders: placeOf("sip_reason"),
  diversion: placeOf("sip_redirected_by"),
  callId: placeOf("sip_call_id"),
  occurredAt: placeOf("end_uepoch"),
});
