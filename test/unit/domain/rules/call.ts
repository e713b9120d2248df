import type { CallEvent } from "../../../../src/domain/rules/event.ts";
import { type Judgement, judge } from "../../../../src/domain/rules/judge.ts";
import type { Policy } from "../../../../src/domain/rules/policy.ts";

export const immediate: Policy = { mode: "immediate" };

/** In words: "to <uri>" for a move, "gone", "reachable", "<rule>: <uri>" if held, or the rule if recorded. */
export function say(judgement: Judgement): string {
  if (judgement.standing === "recorded") return judgement.rule;
  if (judgement.standing === "held") return `${judgement.rule}: ${judgement.target.uri}`;
  return judgement.target === null ? judgement.kind : `to ${judgement.target.uri}`;
}

export const judged = (event: CallEvent, differs: Partial<CallEvent>): string =>
  say(judge({ ...event, ...differs }, immediate));
