import type { CallEvent } from "../../src/domain/rules/event.ts";

/** A 301 for Alice with her new address. Tests change parts of it. */
export const moved = {
  method: "INVITE",
  requestUri: "sip:alice@old.example",
  status: 301,
  reason: "Moved Permanently",
  contacts: ["<sip:alice@new.example>"],
  reasonHeaders: [],
  warnings: [],
  diversion: [],
  expires: null,
  callId: "a84b4c76e66710",
  cseq: 1,
  inDialog: false,
  followed: false,
  branchOutcomes: [],
} satisfies CallEvent;

export const gone: CallEvent = { ...moved, status: 410, reason: "Gone", contacts: [] };
