import type { Outcome, SendFault } from "./outcome.ts";
import type { RetryPolicy } from "./policy.ts";

/** How many tries of an endpoint have failed in a row, and since when. */
export interface EndpointHealth {
  readonly failures: number;
  /** Milliseconds since 1970. */
  readonly failingSince: number | null;
}

export interface Attempt {
  readonly outcome: Outcome;
  /** Earlier tries of this delivery, not counting those that the receiver put off. */
  readonly attempts: number;
  readonly health: EndpointHealth;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 to 1. */
  readonly random: number;
}

type DisabledReason = "gone" | "failing";

interface NextStep {
  readonly delivery:
    | { readonly state: "delivered" }
    | { readonly state: "failed" }
    | { readonly state: "pending"; readonly dueInMs: number; readonly isPutOff: boolean };
  readonly health: EndpointHealth;
  /** How long nothing is sent to the endpoint. */
  readonly restMs: number | null;
  readonly disabled: DisabledReason | null;
  /** A stable code for people to look up. */
  readonly error: SendFault | "refused-by-receiver" | "put-off" | "gone" | null;
}

/** What one try means for the delivery and for its endpoint. Only 2xx is success; redirects are not followed. */
export function afterAttempt(attempt: Attempt, policy: RetryPolicy): NextStep {
  const { outcome, health, now } = attempt;
  if (outcome.kind === "answered" && outcome.status >= 200 && outcome.status < 300) {
    return {
      delivery: { state: "delivered" },
      health: { failures: 0, failingSince: null },
      restMs: null,
      disabled: null,
      error: null,
    };
  }
  const failed: EndpointHealth = { failures: health.failures + 1, failingSince: health.failingSince ?? now };
  if (outcome.kind === "answered" && outcome.status === 410) {
    return { delivery: later(0, false), health: failed, restMs: null, disabled: "gone", error: "gone" };
  }
  const isWorn = now - (failed.failingSince ?? now) >= policy.disableAfterMs;
  const restMs = restAfter(failed.failures, attempt.random, policy);
  const askedMs = readPutOff(outcome, policy);
  // `Retry-After: 0` must not make us retry faster than the normal back-off.
  const putOffMs = askedMs === null ? null : Math.max(askedMs, restMs ?? policy.minPutOffMs);
  return {
    delivery: putOffMs === null ? retry(attempt, policy, isWorn) : later(putOffMs, true),
    health: failed,
    restMs: putOffMs ?? restMs,
    disabled: isWorn ? "failing" : null,
    error:
      outcome.kind === "unanswered" ? outcome.fault : putOffMs === null ? "refused-by-receiver" : "put-off",
  };
}

/** An answer with Retry-After puts off the whole endpoint (RFC 9110 10.2.3, RFC 6585 4). */
function readPutOff(outcome: Outcome, { maxPutOffMs }: RetryPolicy): number | null {
  if (outcome.kind !== "answered" || ![429, 503].includes(outcome.status)) return null;
  return outcome.retryAfterMs === null ? null : Math.min(outcome.retryAfterMs, maxPutOffMs);
}

function retry(
  { attempts, random }: Attempt,
  { waitsMs }: RetryPolicy,
  isWorn: boolean,
): NextStep["delivery"] {
  const waitMs = waitsMs[attempts + 1];
  // When the endpoint is disabled, its deliveries stay pending: they are sent once it is enabled again.
  if (waitMs === undefined) return isWorn ? later(0, false) : { state: "failed" };
  return later(jitter(waitMs, random), false);
}

/** An endpoint that keeps failing rests, instead of being tried with each of a thousand deliveries. */
function restAfter(failures: number, random: number, policy: RetryPolicy): number | null {
  const beyond = failures - policy.failuresUntilRest;
  if (beyond < 0) return null;
  return jitter(Math.min(policy.firstRestMs * 2 ** Math.min(beyond, 30), policy.maxRestMs), random);
}

function later(dueInMs: number, isPutOff: boolean): NextStep["delivery"] {
  return { state: "pending", dueInMs, isPutOff };
}

/** Adds up to a tenth, so that deliveries that failed together are not all retried together. */
function jitter(ms: number, random: number): number {
  return Math.round(ms * (1 + random / 10));
}
