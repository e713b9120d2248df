/** Why there was no answer, as a stable code. */
export const sendFaults = [
  "timed-out",
  "not-resolved",
  "address-not-allowed",
  "connection-refused",
  "connection-lost",
  "tls-failed",
  "not-http",
  "secret-unreadable",
] as const;

export type SendFault = (typeof sendFaults)[number];

/** The result of one send. */
export type Outcome =
  | { readonly kind: "answered"; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: "unanswered"; readonly fault: SendFault };

/** Retry-After in seconds or as a date (RFC 9110 10.2.3), as milliseconds from `now`; null if missing or invalid. */
export function readRetryAfter(value: string | undefined, now: number): number | null {
  const text = value?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
