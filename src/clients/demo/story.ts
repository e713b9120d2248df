import { createHash } from "node:crypto";

/** The contacts at the start of the demo. */
export const people: readonly { readonly name: string; readonly uri: string }[] = [
  { name: "Ada Lovelace", uri: "sip:ada@london.example" },
  { name: "Bob Taylor", uri: "sip:bob@parc.example" },
  { name: "Clara Rhee", uri: "sip:clara@gateway.example" },
  { name: "Dmitri Orlov", uri: "sip:dmitri@office.example" },
  { name: "Emma Stone", uri: "sip:emma@desk.example" },
];

/** The contact whose removal is undone at the end. */
export const undone = "Bob Taylor";

/** One final response to a call. */
interface StoryAnswer {
  /** Hour and minute (UTC) of the story's day. */
  readonly at: string;
  readonly callId: string;
  /** Branch of a forked call; default: 0. */
  readonly branch?: number;
  readonly uri: string;
  readonly code: number;
  readonly reason: string;
  readonly contact?: string;
  readonly reasonHeader?: string;
}

export interface Scene {
  /** What happens, for the reader. */
  readonly what: string;
  readonly answer: StoryAnswer;
}

const adaMoves: StoryAnswer = {
  at: "09:10",
  callId: "call-1",
  uri: "sip:ada@london.example",
  code: 301,
  reason: "Moved Permanently",
  contact: '"Ada" <sip:ada@paris.example>',
};

const moved = { code: 301, reason: "Moved Permanently" } as const;
const gone = { code: 410, reason: "Gone" } as const;

/** In order of arrival, which is not always the order in which the calls happened. */
export const scenes: readonly Scene[] = [
  { what: "Ada has moved, and the answer has her new address.", answer: adaMoves },
  { what: "The network sends the same answer again.", answer: adaMoves },
  {
    what: "Bob is gone, without a new address.",
    answer: { at: "09:20", callId: "call-2", uri: "sip:bob@parc.example", ...gone },
  },
  {
    what: "Clara's gateway says 410 too, but adds the cause 23: a redirection in disguise.",
    answer: {
      at: "09:30",
      callId: "call-3",
      uri: "sip:clara@gateway.example",
      reasonHeader: 'Q.850;cause=23;text="Redirection to new destination"',
      ...gone,
    },
  },
  {
    what: "Dmitri's answer names one device, not a permanent address.",
    answer: {
      at: "09:40",
      callId: "call-4",
      uri: "sip:dmitri@office.example",
      contact: "<sip:dmitri@192.0.2.7:5062;ob>",
      ...moved,
    },
  },
  {
    what: "A call to Emma rings in two places. One says that she is gone ...",
    answer: { at: "09:50", callId: "call-5", uri: "sip:emma@desk.example", ...gone },
  },
  {
    what: "... and in the other she picks up, in the same call. So she is not gone.",
    answer: {
      at: "09:50",
      callId: "call-5",
      branch: 1,
      uri: "sip:emma@mobile.example",
      code: 200,
      reason: "OK",
      contact: "<sip:emma@198.51.100.4>",
    },
  },
  {
    what: "Ada moves from Rome to Oslo. That she moved to Rome was not reported yet ...",
    answer: {
      at: "11:00",
      callId: "call-7",
      uri: "sip:ada@rome.example",
      contact: "<sip:ada@oslo.example>",
      ...moved,
    },
  },
  {
    what: "... because that report comes late. Now both apply, in the order of the calls.",
    answer: {
      at: "10:00",
      callId: "call-6",
      uri: "sip:ada@paris.example",
      contact: "<sip:ada@rome.example>",
      ...moved,
    },
  },
];

// Today some of these calls would still be in the future.
const yesterday = new Date(Date.now() - 24 * 60 * 60_000).toISOString().slice(0, 10);

export const timeOf = (at: string): Date => new Date(`${yesterday}T${at}:00Z`);

/** The JSON that Kamailio posts for an answer, as in docs/pbx/kamailio.md. */
export function toKamailio({
  at,
  callId,
  branch = 0,
  uri,
  code,
  reason,
  contact,
  reasonHeader,
}: StoryAnswer) {
  const cseq = 1;
  return {
    id: createHash("sha256").update([callId, cseq, branch, uri, code].join("|")).digest("hex"),
    method: "INVITE",
    code,
    reason,
    uri,
    contact: contact === undefined ? [] : [contact],
    reason_headers: reasonHeader === undefined ? [] : [reasonHeader],
    warnings: [],
    diversion: [],
    call_id: callId,
    cseq,
    branch,
    ts: (timeOf(at).getTime() / 1000).toFixed(6),
  };
}
