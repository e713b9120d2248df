import type { Invite, InviteResponse } from "../packets/sip-message.ts";
import { type BranchOutcome, type LeftOut, readOutcome } from "./branch-outcome.ts";
import { CallMemory, type Times } from "./call-memory.ts";
import { findHeld, type HepCall, type HepCapture, type HepHop } from "./hep-call.ts";
import type { TransactionLimits } from "./transaction-limits.ts";

/** Why a message or a call gave no outcome. */
export type Loss = Exclude<LeftOut, "upstream"> | "in-dialog" | "too-many-branches" | "let-go";

/**
 * Joins answers to their INVITEs, and reports how each branch ended. No I/O.
 *
 * A response has no Request-URI, and a proxy's mirror shows each call at least twice: from the caller, and to each callee.
 * The last hop counts: the INVITE after which the call did not continue. Its Request-URI is the one that was dialled there,
 * and its answer is the callee's own. The answers further up are relayed: the proxy chose one of the branches (RFC 3261
 * 16.7), and may have removed the Contact. The order of arrival does not matter: an answer may arrive before its INVITE,
 * and a call is reported only after it had time to be complete.
 *
 * A B2BUA passes the call on under another Call-ID. It gives its caller the answer of its callee, which would be reported
 * under the wrong address. We leave that answer out if the B2BUA's own call for the same caller ended meanwhile with the
 * same status, or with a redirect, which the B2BUA followed.
 */
export class Transactions {
  readonly #limits: TransactionLimits;
  readonly #onLoss: (loss: Loss) => void;
  readonly #memory: CallMemory;
  /** Calls with an answer that is not reported yet, but may be when time has passed. */
  readonly #waiting = new Set<HepCall>();

  constructor(limits: TransactionLimits, onLoss: (loss: Loss) => void) {
    this.#limits = limits;
    this.#onLoss = onLoss;
    this.#memory = new CallMemory(limits);
  }

  get hops(): number {
    return this.#memory.hops;
  }

  /** `now` is our clock, which never goes back. */
  take(message: Invite | InviteResponse, capture: HepCapture, now: number): void {
    if (message.kind === "invite" && message.inDialog) return this.#onLoss("in-dialog");
    const call = this.#memory.callOf(message, now);
    // The message may be what an answer of this call has waited for.
    if ([...call.hops.values()].some(isUnreported)) this.#waiting.add(call);
    const hop = this.#memory.hopOf(call, message);
    if (hop === null) this.#onLoss("too-many-branches");
    else if (message.kind === "response") this.#takeResponse(call, hop, message, { at: capture.at, now });
    else if (hop.invite === null) this.#memory.setInvite(call, hop, { message, capture });
  }

  /** The outcomes that are certain by now, each once. */
  due(now: number): readonly BranchOutcome[] {
    const outcomes = [...this.#waiting].flatMap((call) => this.#report(call, now));
    for (const call of this.#memory.oldestFirst()) {
      if (!this.#memory.isFull && now - call.since < this.#limits.keepMs) break;
      outcomes.push(...this.#drop(call, now));
    }
    return outcomes;
  }

  /** All outcomes that are left, when no more messages will come. */
  end(): readonly BranchOutcome[] {
    return [...this.#memory.oldestFirst()].flatMap((call) => this.#drop(call, call.since));
  }

  #takeResponse(call: HepCall, hop: HepHop, response: InviteResponse, { at, now }: Times): void {
    const { status } = response;
    if (status <= 100) return;
    if (status < 200) {
      hop.provisional = Math.max(hop.provisional, status);
      this.#memory.renew(call, now);
      return;
    }
    // A retransmission repeats the answer. The earliest by the agents' clocks counts, in whichever order they arrive.
    if (hop.final !== null && (hop.isDone || hop.final.at <= at)) return;
    this.#memory.setFinal(hop, response, { at, now });
    this.#waiting.add(call);
  }

  /** The outcomes of a call that need not wait any longer. */
  #report(call: HepCall, now: number): readonly BranchOutcome[] {
    const all = [...call.hops.values()];
    const isComplete = all.every(({ invite, final }) => invite !== null && final !== null);
    const isSettled = isComplete && now - call.lastAt >= this.#limits.settleMs;
    const isDue = ({ final }: HepHop) =>
      isSettled || (final !== null && now - final.seenAt >= this.#limits.graceMs);
    const due = all.filter((hop) => isUnreported(hop) && isDue(hop));
    const held = new Set(isSettled ? [] : findHeld(call, due));
    const outcomes = due
      .filter((hop) => hop.invite !== null && !held.has(hop))
      .flatMap((hop) => this.#outcomeOf(call, hop));
    // Time does not help an answer that lacks its INVITE or is held back: only another message of the call does.
    const isOnTimer = (hop: HepHop) => isUnreported(hop) && hop.invite !== null && !held.has(hop);
    if (!all.some(isOnTimer)) this.#waiting.delete(call);
    return outcomes;
  }

  #outcomeOf(call: HepCall, hop: HepHop): readonly BranchOutcome[] {
    hop.isDone = true;
    const outcome = readOutcome(call, hop, (invite) => this.#memory.findLegs(invite));
    if (typeof outcome !== "string") return [outcome];
    if (outcome !== "upstream") this.#onLoss(outcome);
    return [];
  }

  /** Forgets a call. Its answers are due now. */
  #drop(call: HepCall, now: number): readonly BranchOutcome[] {
    const hops = [...call.hops.values()];
    const outcomes = hops.filter(isUnreported).flatMap((hop) => this.#outcomeOf(call, hop));
    const open = hops.filter(({ isDone }) => !isDone);
    if (now - call.since < this.#limits.keepMs) for (const _ of open) this.#onLoss("let-go");
    this.#waiting.delete(call);
    this.#memory.remove(call);
    return outcomes;
  }
}

const isUnreported = ({ final, isDone }: HepHop): boolean => final !== null && !isDone;
