import type { CallEvent } from "../../domain/rules/event.ts";
import { ignored } from "./dialect.ts";
import { addrSpecOf } from "./values.ts";

// What the platforms have in common that call for their users. They report a whole call in their own terms, and little
// more of SIP than the code of the final answer.

/** The reasons why a report is not the answer of a callee. */
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

/** The code of a final answer. Null without one, and for the platform's own codes. */
export function finalCode(code: string | number | null | undefined): number | null {
  const text = `${code ?? ""}`;
  return /^[2-6]\d\d$/.test(text) ? Number(text) : null;
}

/**
 * The Q.850 cause of a PBX as a Reason header, if it contradicts a 410: 410 maps to cause 22, number changed, unless the
 * answer had a Reason header with another cause (RFC 6432). 0 means unknown.
 */
export function causesAgainst(status: unknown, causes: readonly string[]): readonly string[] {
  if (status !== 410) return [];
  const others = new Set(causes.filter((cause) => !/^0*(?:22)?$/.test(cause)));
  return [...others].map((cause) => `Q.850;cause=${cause}`);
}

/**
 * The Request-URI of a dial string: an E.164 number becomes a tel URI, a name with a host becomes a sip URI. Headers of
 * the INVITE follow after `?`; a Request-URI has none (RFC 3261 19.1.1).
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

/** The dial string of a Request-URI: a number is dialled without its scheme. */
export const dialString = (requestUri: string): string => requestUri.replace(/^tel:(?=\+\d+$)/, "");

/** True if a platform could report the event: it knows whole calls, each with one answer. */
export const isWholeCall = (event: CallEvent): boolean =>
  event.method === "INVITE" &&
  !event.followed &&
  !event.inDialog &&
  event.branchOutcomes.length === 0 &&
  finalCode(event.status) !== null;
