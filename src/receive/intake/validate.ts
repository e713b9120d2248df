import type { Static, TSchema } from "typebox";
import { bodyLimits, tooMuch } from "../../dialects/shared/values.ts";
import type { CallEvent, Report } from "../../domain/rules/event.ts";
import { faultsOf } from "../../http/input-faults.ts";
import { type FieldError, Problem } from "../../http/problem.ts";
import { buildValidatorCompiler } from "../../http/validation.ts";
import { isWithin } from "../../json/size.ts";
import { invalidUri, parseUri } from "../../sip/uri.ts";
import { EventInput } from "../../wire/calls/events.ts";

export type EventInput = Static<typeof EventInput>;

/** A valid report with the source that it names, or the errors in it. */
export type Validation =
  | { readonly kind: "valid"; readonly report: Report; readonly source: string | null }
  | { readonly kind: "invalid"; readonly errors: readonly FieldError[] };

/** The problem for an event with these errors. */
export function problemOf(errors: readonly FieldError[]): Problem {
  const count = errors.length === 1 ? "1 problem" : `${errors.length} problems`;
  return new Problem("invalid-input", `${count} in the event`, { errors });
}

const compile = buildValidatorCompiler();
const check = compile({ schema: EventInput, httpPart: "body" });

/** For routes that check their bodies themselves, event by event. */
export const leaveBodyUnchecked: typeof compile = (route) =>
  route.httpPart === "body" ? () => true : compile(route);

const shapeChecks = new Map<TSchema, ReturnType<typeof compile>>();

/** The places where a body does not match the schema of its dialect, by the names of the PBX. */
export function faultsOfShape(schema: TSchema, body: unknown): readonly FieldError[] {
  const checkShape = shapeChecks.get(schema) ?? compile({ schema, httpPart: "body" });
  shapeChecks.set(schema, checkShape);
  const result = checkShape(body);
  return faultsOf(typeof result === "object" ? result.error : []);
}

/** Null if the raw text can be stored, else what is wrong with it. `prefix` is its place in the body. */
export function refuseShape(value: unknown, prefix: string): Validation | null {
  return isWithin(value, bodyLimits) ? null : tooMuch(prefix);
}

/**
 * Checks one event. `prefix` is its place in the body, such as "/3"; `raw` is what the PBX sent, as text. `anyUri` also
 * accepts a Request-URI that is not an address: a PBX cannot repair it, and its answer may veto another one of the call.
 */
export function validateEvent(
  value: unknown,
  {
    prefix,
    raw,
    anyUri = false,
  }: { readonly prefix: string; readonly raw: string; readonly anyUri?: boolean },
): Validation {
  const result = check(value);
  if (result !== true) {
    return { kind: "invalid", errors: faultsOf(result === false ? [] : result.error, prefix) };
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema was checked just now
  const input = value as EventInput;
  const errors = meaninglessIn(input, anyUri).map(({ pointer, detail }) => ({
    pointer: prefix + pointer,
    detail,
  }));
  if (errors.length > 0) return { kind: "invalid", errors };
  const { id = null, source = null, occurredAt } = input;
  const report = {
    id,
    occurredAt: occurredAt === undefined ? null : new Date(occurredAt),
    event: toEvent(input),
    raw,
  };
  return { kind: "valid", report, source };
}

/** What the schema cannot check: a Request-URI that parses, and an id or a Call-ID. */
function meaninglessIn({ id, callId, requestUri }: EventInput, anyUri: boolean): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!anyUri && parseUri(requestUri) === null) {
    errors.push({ pointer: "/requestUri", detail: invalidUri });
  }
  if (id === undefined && (callId ?? null) === null) {
    errors.push({ pointer: "/id", detail: "is required if callId is missing" });
  }
  return errors;
}

function toEvent(input: EventInput): CallEvent {
  return {
    method: input.method?.toUpperCase() ?? "INVITE",
    requestUri: input.requestUri,
    status: input.status,
    reason: input.reason ?? null,
    contacts: input.contacts ?? [],
    reasonHeaders: input.reasonHeaders ?? [],
    warnings: input.warnings ?? [],
    diversion: input.diversion ?? [],
    expires: input.expires ?? null,
    callId: input.callId ?? null,
    cseq: input.cseq ?? null,
    inDialog: input.inDialog ?? false,
    followed: input.followed ?? false,
    branchOutcomes: input.branchOutcomes ?? [],
  };
}
