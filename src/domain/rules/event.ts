/** A call outcome as its source reported it, in our words. Header values are verbatim. */
export interface CallEvent {
  readonly method: string;
  readonly requestUri: string;
  /** SIP status code, 100 to 699. */
  readonly status: number;
  readonly reason: string | null;
  readonly contacts: readonly string[];
  readonly reasonHeaders: readonly string[];
  readonly warnings: readonly string[];
  readonly diversion: readonly string[];
  /** The Expires header, in seconds. */
  readonly expires: number | null;
  readonly callId: string | null;
  readonly cseq: number | null;
  readonly inDialog: boolean;
  /** The PBX had followed a redirect before this answer, so it is not about requestUri. */
  readonly followed: boolean;
  /** Status codes of the other branches of a fork. */
  readonly branchOutcomes: readonly number[];
}

/** What an answer says about the dialled address. */
export type EventKind = "moved" | "gone" | "reachable";

/** Where a 301 leads. */
export interface Target {
  readonly key: string;
  readonly uri: string;
}

/** The call was answered (RFC 3261 13.2.2.4): no 410 of the same call can be about a dead address. */
export function isAnswer(event: CallEvent): boolean {
  return event.method === "INVITE" && !event.inDialog && isSuccess(event.status);
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** One report of a PBX, read by a dialect. Without `id` one is derived; without `occurredAt` the receipt counts. */
export interface Report {
  readonly id: string | null;
  readonly occurredAt: Date | null;
  /** The time of receipt, if it is not now. */
  readonly receivedAt?: Date;
  readonly event: CallEvent;
  /** What the PBX sent, as text. */
  readonly raw: string;
}
