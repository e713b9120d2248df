import type { CallEvent } from "../../../../src/domain/rules/event.ts";
import { type Judgement, judge } from "../../../../src/domain/rules/judge.ts";
import type { Policy } from "../../../../src/domain/rules/policy.ts";

export const immediate: Policy = { mode: "immediate" };

/** A 301 for Alice with her new address. The tests change parts of it. */
export const moved: CallEvent = {
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
};
export const gone: CallEvent = { ...moved, status: 410, reason: "Gone", contacts: [] };

/** In words: "moves to <uri>", "gone", "reachable", "<rule>: <uri>" if held, or the rule if recorded. */
export function say(judgement: Judgement): string {
  if (judgement.standing === "recorded") return judgement.rule;
  if (judgement.standing === "held") return `${judgement.rule}: ${judgement.target.uri}`;
  return judgement.target === null ? judgement.kind : `moves to ${judgement.target.uri}`;
}

export const judged = (event: CallEvent, differs: Partial<CallEvent>): string =>
  say(judge({ ...event, ...differs }, immediate));
