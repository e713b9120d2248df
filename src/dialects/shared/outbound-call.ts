import type { CallEvent } from "../../domain/rules/event.ts";
import { ignored } from "./dialect.ts";
import { addrSpecOf } from "./values.ts";

// What the platforms that call for their users have in common. They tell of a whole call, in words of their own, and of
// SIP little more than the code of the final answer.

/** Why a report is no answer of a callee, in few sentences. */
export const noAnswer = {
  inbound: ignored("a call that came in"),
  underway: ignored("a call that is not over"),
  codeless: ignored("a call without a SIP code"),
  contradicted: ignored(
    "a 301 or 410 of a call that the platform calls busy, unanswered, cancelled, timed out or cleared",
  ),
} as const;

const notRefused =
  /^(?:originator_?)?cancel(?:l?ed)?$|^(?:user_)?busy$|^no[-_]?answer$|^time_?(?:out|limit)$|^(?:normal_clearing|hangup)$/i;

/**
 * Whether a platform says against its own code that the callee refused the call: that it was cancelled, busy, not
 * answered, timed out or cleared as usual. Only the codes that may change a book are doubted.
 */
export const isContradicted = (status: number, word: string | null | undefined): boolean =>
  (status === 301 || status === 410) && notRefused.test(word ?? "");

/** The code of a final answer; null where there is none, and for codes of the platform's own. */
export function finalCode(code: string | number | null | undefined): number | null {
  const text = `${code ?? ""}`;
  return /^[2-6]\d\d$/.test(text) ? Number(text) : null;
}

/**
 * Causes of Q.850 that a PBX gives a 410, as Reason headers, where they speak against it: 410 is cause 22, number changed,
 * unless the answer had a Reason header that said otherwise (RFC 6432). 0 is no cause.
 */
export function causesAgainst(status: unknown, causes: readonly string[]): readonly string[] {
  if (status !== 410) return [];
  const others = new Set(causes.filter((cause) => !/^0*(?:22)?$/.test(cause)));
  return [...others].map((cause) => `Q.850;cause=${cause}`);
}

/**
 * The Request-URI of what the platform was told to dial: an E.164 number is a tel URI, a name with a host a sip URI.
 * What follows a `?` are headers of the INVITE, which no Request-URI has (RFC 3261 19.1.1).
 */
export function dialledUri(dialled: string): string {
  const text = addrSpecOf(dialled);
  if (/^\+\d+$/.test(text)) return `tel:${text}`;
  if (/^sips?:/i.test(text)) return withoutHeaders(text);
  return /^[^\s:@]+@[^\s@]+$/.test(text) ? `sip:${withoutHeaders(text)}` : text;
}

/** A user may have a `?` in it, a host may not. */
function withoutHeaders(uri: string): string {
  const mark = uri.indexOf("?", uri.indexOf("@") + 1);
  return mark === -1 ? uri : uri.slice(0, mark);
}

/** The way back: a number is dialled without its scheme. */
export const dialString = (requestUri: string): string => requestUri.replace(/^tel:(?=\+\d+$)/, "");

/** Whether a platform would tell of it at all: it knows calls, and of each one answer. */
export const isWholeCall = (event: CallEvent): boolean =>
  event.method === "INVITE" &&
  !event.followed &&
  !event.inDialog &&
  event.branchOutcomes.length === 0 &&
  finalCode(event.status) !== null;
