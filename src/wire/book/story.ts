// The move that most examples are about.

export const contactId = "01936d2f-3c00-7000-8000-0000000000c1";
export const addressId = "01936d2f-3c00-7000-8000-0000000000a1";
export const eventId = "01936d2f-3c00-7000-8000-0000000000e1";
export const changeId = "01936d2f-3c00-7000-8000-0000000000d1";
export const moment = "2026-11-22T10:00:00.000Z";

/** The fields of a report. */
export const eventWords = {
  method: "INVITE",
  requestUri: "sip:alice@old.example",
  status: 301,
  reason: "Moved Permanently",
  contacts: ['"Alice" <sip:alice@new.example>;q=0.9'],
  reasonHeaders: [],
  warnings: [],
  diversion: [],
  expires: null,
  callId: "a84b4c76e66710",
  cseq: 1,
  inDialog: false,
  followed: false,
  branchOutcomes: [],
};
export const verdict = {
  code: "applied",
  rule: "moved-permanently",
  explanation: [
    "The source default reported 301 Moved Permanently for sip:alice@old.example at 2026-11-22T10:00:00.000Z, with sip:alice@new.example as the new address.",
  ],
};
export const outcome = { contactId, addressId, code: "applied", rule: "moved-permanently", changeId };
export const change = {
  id: changeId,
  sequence: 42,
  at: "2026-11-22T10:00:00.120Z",
  contactId,
  addressId,
  kind: "rewritten",
  before: { uri: "sip:alice@old.example", state: "active" },
  after: { uri: "sip:alice@new.example", state: "active" },
  cause: {
    kind: "event",
    eventId,
    status: 301,
    reason: "Moved Permanently",
    source: "default",
    actor: null,
    undoes: null,
    forced: false,
    import: null,
  },
};
