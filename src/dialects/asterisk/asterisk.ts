import { isSuccess } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import { ownSigning } from "../../signatures/signing.ts";
import { type Dialect, events, ignored, type Translation } from "../shared/dialect.ts";
import { hashOf } from "../shared/hash-of.ts";
import {
  causesAgainst,
  dialledUri,
  dialString,
  finalCode,
  isWholeCall,
  noAnswer,
} from "../shared/outbound-call.ts";
import { endOfSecond, readForm } from "../shared/values.ts";

const names = { requestUri: "uri", status: "tech", callId: "uniqueid", id: "uniqueid", occurredAt: "epoch" };

const fewSentences = {
  provisional: ignored("a redirect that Asterisk followed, or no answer at all: its 301 needs HEP"),
  several: ignored("a call of several channels: a redirect was followed, or several telephones rang"),
  local: ignored("a Local channel: the dialplan answered or redirected the call, not the dialled address"),
  over: ignored("the end of a call that was answered"),
} as const;

/**
 * The form that the dialplan in docs/pbx/asterisk.md posts after a Dial. Only `tech` has the SIP code: hangup cause 22 need
 * not be a 410, but another cause vetoes one, and DIALSTATUS shows whether a call was answered. Asterisk does not report
 * the target of a 301.
 */
export const asterisk: Dialect = {
  name: "asterisk",
  label: "Asterisk",
  firstMode: "immediate",
  signing: ownSigning,
  read({ body }): Translation {
    const fields = readForm(body);
    const { uri = "", tech, uniqueid = "", epoch = "" } = fields;
    if (tech === undefined || uniqueid === "") {
      const missing = tech === undefined ? "tech" : "uniqueid";
      return { kind: "invalid", errors: [{ pointer: `/${missing}`, detail: "is required" }] };
    }
    if ((fields["keys"] ?? "").includes(",") || (fields["forwarder"] ?? "") !== "")
      return fewSentences.several;
    if (/^Local\//i.test((fields["keys"] ?? "").trim())) return fewSentences.local;
    const [, code = "", phrase = ""] = /^SIP (\d{3})(?: (.*))?$/i.exec(tech.trim()) ?? [];
    if (code.startsWith("1")) return fewSentences.provisional;
    const status = finalCode(code);
    if (status === null) return noAnswer.codeless;
    // The form arrives when the call ends, and has no time of the answer.
    if (isSuccess(status) || fields["dialstatus"] === "ANSWER") return fewSentences.over;
    const event = defined({
      id: hashOf(uniqueid, uri, status),
      method: "INVITE",
      requestUri: dialledUri(uri),
      status,
      reason: phrase === "" ? undefined : phrase.slice(0, 1000),
      reasonHeaders: causesAgainst(status, [fields["hangupcause"]?.trim() ?? ""]),
      callId: uniqueid.slice(0, 512),
      occurredAt: endOfSecond(epoch === "" ? Number.NaN : Number(epoch)),
    });
    return events({ event, names });
  },
  write({ occurredAt, event }) {
    const { status, contacts, reasonHeaders, warnings } = event;
    const isSaid = contacts.length + reasonHeaders.length + warnings.length === 0;
    if (!isWholeCall(event) || isSuccess(status) || !isSaid || event.callId === null) return null;
    const fields = new URLSearchParams({
      uri: dialString(event.requestUri),
      tech: `SIP ${status} ${event.reason ?? ""}`.trim(),
      uniqueid: event.callId,
      epoch: occurredAt === null ? "" : `${Math.floor(occurredAt.getTime() / 1000)}`,
    });
    return { contentType: "application/x-www-form-urlencoded", body: fields.toString() };
  },
};
