import { maxHeader } from "../../sip/header-list.ts";
import { parseReasonHeader } from "../../sip/reason.ts";
import { type CallEvent, isSuccess } from "./event.ts";
import type { RecordRule } from "./rules.ts";

/** ISUP "number changed": the one Q.850 cause under which a 410 means what RFC 3261 says (RFC 3398 7.2.4.1). */
const numberChanged = 22;

/** Why a 410 is not about the address, or null. Gateways and SIP stacks also send 410 for other reasons. */
export function vetoOfRemoval(event: CallEvent): RecordRule | null {
  if (isRedirectInDisguise(event)) return "cause-veto";
  if (isDeadConnection(event)) return "flow-veto";
  if (event.branchOutcomes.some(isSuccess)) return "answered-elsewhere";
  if (event.branchOutcomes.some(livesElsewhere)) return "branch-alive";
  return null;
}

/** RFC 3398 maps cause 23, "redirection to new destination", to 410 as well (Reason in responses: RFC 6432). */
function isRedirectInDisguise(event: CallEvent): boolean {
  return event.reasonHeaders.some((row) => {
    const values = parseReasonHeader([row]);
    // A row that is too long to be parsed could hold any cause.
    if (values.length === 0) return row.length > maxHeader.characters || /q\.850/i.test(row);
    return values.some(
      ({ protocol, cause }) => protocol === "Q.850" && cause !== null && cause !== numberChanged,
    );
  });
}

/** A stack's own answer for a connection that is lost (RFC 5626): "Flow failed", "Flow no longer exists". */
function isDeadConnection(event: CallEvent): boolean {
  return [event.reason ?? "", ...event.warnings].some((text) => /\bflow\b/i.test(text));
}

/** Another branch rang, was busy or declined: a proxy may prefer the 410 of the dead one (RFC 3261 16.7). */
function livesElsewhere(status: number): boolean {
  return (status > 100 && status < 200) || [480, 486, 600, 603].includes(status);
}
