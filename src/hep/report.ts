import { expiresOf, storable, timeOf } from "../dialects/shared/values.ts";
import { defined } from "../json/defined.ts";
import { type Validation, validateEvent } from "../receive/intake/validate.ts";
import type { BranchOutcome } from "./calls/branch-outcome.ts";

/** Makes an event of a branch's outcome, and validates it like any other event. */
export function validateOutcome(outcome: BranchOutcome, source: string): Validation {
  const { id, requestUri, response, at, branchOutcomes } = outcome;
  const event = defined({
    id,
    method: "INVITE",
    requestUri: storable(requestUri),
    status: response.status,
    reason: storable(response.reason).slice(0, 1000),
    contacts: response.contacts.map(storable),
    reasonHeaders: response.reasonHeaders.map(storable),
    warnings: response.warnings.map(storable),
    diversion: response.diversion.map(storable),
    expires: expiresOf(response.expires ?? undefined),
    callId: storable(response.callId).slice(0, 512),
    cseq: response.cseq > 4_294_967_295 ? undefined : response.cseq,
    occurredAt: timeOf(at),
    branchOutcomes,
  });
  const raw = storable(`INVITE ${requestUri} SIP/2.0\r\n\r\n${response.head}`);
  const validation = validateEvent(event, { prefix: "", raw, anyUri: true });
  return validation.kind === "valid" ? { ...validation, source } : validation;
}
