import { isSuccess, type Report } from "../../domain/rules/event.ts";
import { defined } from "../../json/defined.ts";
import type { Outgoing } from "../shared/dialect.ts";
import { isWholeCall } from "../shared/outbound-call.ts";

/** A CDR as mod_json_cdr posts it with `encode-values=false` and `outbound_redirect_fatal=true`. */
export function writeCdr({ id, occurredAt, event }: Omit<Report, "raw">): Outgoing | null {
  if (!isWholeCall(event)) return null;
  if (isSuccess(event.status) && (event.status !== 200 || occurredAt === null)) return null;
  const at = occurredAt === null ? undefined : `${occurredAt.getTime() * 1000}`;
  const variables = defined({
    direction: "outbound",
    uuid: id ?? undefined,
    sip_destination_url: event.requestUri,
    sip_call_id: event.callId ?? undefined,
    sip_reason: event.reasonHeaders[0],
    sip_redirected_by: event.diversion[0],
    proto_specific_hangup_cause: `sip:${event.status}`,
    ...(isSuccess(event.status)
      ? { sip_term_status: "200", sip_hangup_disposition: "recv_bye", answer_uepoch: at }
      : failureOf(event)),
    end_uepoch: at,
  });
  const channel = { state: "CS_REPORTING", direction: "outbound" };
  return {
    contentType: "application/json",
    body: JSON.stringify({
      "core-uuid": "00000000-0000-4000-8000-000000000000",
      channel_data: channel,
      variables,
    }),
    ...(id === null ? {} : { query: { uuid: id } }),
  };
}

function failureOf({ status, reason, contacts }: Report["event"]): Readonly<Record<string, unknown>> {
  const isRedirect = status >= 300 && status < 400;
  if (!isRedirect) {
    return {
      sip_term_status: `${status}`,
      sip_invite_failure_status: `${status}`,
      sip_invite_failure_phrase: reason ?? undefined,
      sip_hangup_disposition: "recv_refuse",
    };
  }
  return {
    outbound_redirect_fatal: "true",
    sip_redirected_to: contacts[0],
    ...Object.fromEntries(contacts.map((contact, i) => [`sip_redirect_contact_${i}`, contact])),
    sip_invite_failure_status: "487",
    sip_invite_failure_phrase: "CANCEL",
    sip_hangup_disposition: "send_cancel",
  };
}
