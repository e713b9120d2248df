import type { Invite, InviteResponse } from "../packets/sip-message.ts";
import { type CapturedInvite, callerOf, type HepCall, type HepHop } from "./hep-call.ts";
import type { TransactionLimits } from "./transaction-limits.ts";

/** When an answer was sent, by the agent's clock, and when it arrived here, by our clock. */
export interface Times {
  readonly at: number;
  readonly now: number;
}

/** The calls of the last minutes, the oldest first, and what they cost. */
export class CallMemory {
  readonly #limits: TransactionLimits;
  readonly #calls = new Map<string, HepCall>();
  /** Calls by caller and sending address, and by caller alone. */
  readonly #byCaller = new Map<string, Set<HepCall>>();
  #hops = 0;
  #characters = 0;

  constructor(limits: TransactionLimits) {
    this.#limits = limits;
  }

  get hops(): number {
    return this.#hops;
  }

  /** True if calls have to be dropped before their time. */
  get isFull(): boolean {
    return this.#hops > this.#limits.maxHops || this.#characters > this.#limits.maxCharacters;
  }

  oldestFirst(): Iterable<HepCall> {
    return this.#calls.values();
  }

  /** The call that a message belongs to; a new one if it is the first message of it. */
  callOf({ callId, cseq }: Invite | InviteResponse, now: number): HepCall {
    const name = `${callId} ${cseq}`;
    const call = this.#calls.get(name) ?? { name, hops: new Map(), firstAt: now, since: now, lastAt: now };
    this.#calls.set(name, call);
    call.lastAt = now;
    return call;
  }

  /** The hop that a message belongs to, or a new one; null if the call has too many hops already. */
  hopOf(call: HepCall, { vias }: Invite | InviteResponse): HepHop | null {
    const [name = ""] = vias;
    const known = call.hops.get(name);
    if (known !== undefined) return known;
    if (call.hops.size >= this.#limits.maxHopsPerCall) return null;
    const hop: HepHop = { name, vias, invite: null, provisional: 0, final: null, isDone: false };
    call.hops.set(name, hop);
    this.#hops += 1;
    return hop;
  }

  setInvite(call: HepCall, hop: HepHop, invite: CapturedInvite): void {
    hop.invite = invite;
    for (const caller of callersOf(invite)) {
      this.#byCaller.set(caller, (this.#byCaller.get(caller) ?? new Set()).add(call));
    }
  }

  /** Replaces the final answer of a hop, but not the time when we saw the first one. */
  setFinal(hop: HepHop, response: InviteResponse, { at, now }: Times): void {
    this.#characters += sizeOf(response) - (hop.final === null ? 0 : sizeOf(hop.final.response));
    hop.final = { response, at, seenAt: hop.final?.seenAt ?? now };
  }

  /** A call that rings starts its time again, and is the youngest of all calls. */
  renew(call: HepCall, now: number): void {
    if (now - call.firstAt >= this.#limits.maxKeepMs) return;
    call.since = now;
    this.#calls.delete(call.name);
    this.#calls.set(call.name, call);
  }

  /** Calls that may be the other leg of the call with this INVITE. */
  findLegs({ message, capture }: CapturedInvite): Iterable<HepCall> {
    const sameUser = this.#byCaller.get(message.fromUser);
    if (sameUser !== undefined && sameUser.size <= this.#limits.maxCallsPerUser) return sameUser;
    return this.#byCaller.get(callerOf(message, { sender: capture.receiver })) ?? [];
  }

  remove(call: HepCall): void {
    this.#calls.delete(call.name);
    this.#hops -= call.hops.size;
    for (const { invite, final } of call.hops.values()) {
      if (final !== null) this.#characters -= sizeOf(final.response);
      for (const caller of invite === null ? [] : callersOf(invite)) this.#forgetCaller(caller, call);
    }
  }

  #forgetCaller(caller: string, call: HepCall): void {
    const calls = this.#byCaller.get(caller);
    calls?.delete(call);
    if (calls?.size === 0) this.#byCaller.delete(caller);
  }
}

const callersOf = ({ message, capture }: CapturedInvite): readonly string[] => [
  callerOf(message, capture),
  message.fromUser,
];

/** Approximate memory, in characters: headers are kept raw in `head` and parsed. */
const sizeOf = ({ head }: InviteResponse): number => 2 * head.length;
