import { matchKey, parseUri } from "../../sip/uri.ts";
import { type CallEvent, type EventKind, isSuccess, type Target } from "./event.ts";
import { vetoOfRemoval } from "./gone.ts";
import type { Policy } from "./policy.ts";
import { chooseTarget } from "./redirect.ts";
import type { HoldRule, RecordRule } from "./rules.ts";

/** What an event may do, judged by itself. Stored with the event; only a veto changes it later. */
export type Judgement =
  | {
      readonly standing: "acts";
      readonly kind: EventKind;
      readonly key: string;
      readonly target: Target | null;
    }
  | {
      readonly standing: "held";
      readonly rule: HoldRule;
      readonly kind: "moved";
      readonly key: string;
      readonly target: Target;
    }
  | { readonly standing: "recorded"; readonly rule: RecordRule; readonly key: string | null };

/** Judges one answer by itself, under the policy at its receipt. No clock, no I/O, no exceptions. */
export function judge(event: CallEvent, policy: Policy): Judgement {
  const key = identityOf(event.requestUri);
  if (key === null) return { standing: "recorded", rule: "no-identity", key };
  const rule = whyNotAboutTheAddress(event);
  if (rule !== null) return { standing: "recorded", rule, key };
  const judgement = judgeAnswer(event, key);
  const observed = policy.mode === "observe" && judgement.standing !== "recorded";
  return observed ? { standing: "recorded", rule: "observe-mode", key } : judgement;
}

function judgeAnswer(event: CallEvent, key: string): Judgement {
  if (event.status === 301) return judgeMove(event, key);
  if (event.status === 410) return judgeRemoval(event, key);
  if (isSuccess(event.status)) return { standing: "acts", kind: "reachable", key, target: null };
  return { standing: "recorded", rule: event.status < 200 ? "provisional" : "status-without-effect", key };
}

function judgeMove(event: CallEvent, key: string): Judgement {
  const choice = chooseTarget(event, key);
  switch (choice.kind) {
    case "none":
      return { standing: "recorded", rule: choice.rule, key };
    case "doubtful":
      return { standing: "held", rule: choice.rule, kind: "moved", key, target: choice.target };
    case "usable":
      return { standing: "acts", kind: "moved", key, target: choice.target };
  }
}

function judgeRemoval(event: CallEvent, key: string): Judgement {
  const rule = vetoOfRemoval(event);
  return rule === null
    ? { standing: "acts", kind: "gone", key, target: null }
    : { standing: "recorded", rule, key };
}

/** Only the answer to an initial INVITE is about the address in the Request-URI (RFC 3261 21.3.2, 21.4.10, RFC 5057). */
function whyNotAboutTheAddress(event: CallEvent): RecordRule | null {
  if (event.method !== "INVITE") return "not-an-invite";
  if (event.inDialog) return "in-dialog";
  if (event.followed) return "followed-redirect";
  return null;
}

/** A local number without phone-context has no meaning outside its own switch (RFC 3966 5.1.5). */
function identityOf(requestUri: string): string | null {
  const uri = parseUri(requestUri);
  return uri === null || (uri.kind === "tel" && !uri.dialable) ? null : matchKey(uri);
}
