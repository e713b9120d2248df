import { hashOf } from "../dialects/shared/hash-of.ts";
import { type Call, callerOf, type Hop, heldOf, isRelayed, type Place, sizeOf, wentOn } from "./call.ts";
import type { Invite, InviteResponse } from "./sip-message.ts";
import type { TransactionLimits } from "./transaction-limits.ts";

/** How one branch of a call ended, at the hop that went to the callee. */
export interface BranchOutcome {
  readonly id: string;
  readonly requestUri: string;
  readonly response: InviteResponse;
  /** Of the answer, milliseconds since 1970, by the agent's clock. */
  readonly at: number;
  /** Of the other branches of the call: how they ended, or that they rang. */
  readonly branchOutcomes: readonly number[];
}

/** What came to nothing, counted. */
export type Loss =
  | "in-dialog"
  | "orphan"
  | "relayed"
  | "challenge"
  | "cut-off"
  | "too-many-branches"
  | "let-go";

export interface Transactions {
  /** `now` is our clock, which never goes back. */
  take(message: Invite | InviteResponse, place: Place, now: number): void;
  /** What can be told by now. */
  due(now: number): readonly BranchOutcome[];
  /** Everything that can be told at all, where no more is to come. */
  end(): readonly BranchOutcome[];
  readonly hops: number;
}

/**
 * Joins answers to the INVITEs that they answer, and tells how each branch ended. Pure but for its memory.
 *
 * A response has no Request-URI, and a proxy's mirror shows each call twice or more: from the caller, and on to each
 * callee. What counts is the hop furthest down: an INVITE that no other one of the call goes on from. Its
 * Request-URI is what was dialled there, its answer is the callee's own; the answers further up are relayed, chosen
 * among the branches (RFC 3261 16.7), and may lack the Contact. Order does not matter: an answer may be here before its
 * INVITE, and nothing is told before the call had time to be complete.
 *
 * A B2BUA gives the call on under another Call-ID. What it answers to its caller is its callee's answer again, under the
 * wrong address, and is left out where its own call, for the same caller, ended in between with the same status or with a
 * redirect, which it followed.
 */
export function openTransactions(limits: TransactionLimits, lose: (loss: Loss) => void): Transactions {
  const calls = new Map<string, Call>();
  /** Calls with an answer that waits to be told. */
  const waiting = new Set<Call>();
  /** Calls by who sent them on and for whom, and by for whom alone. */
  const placed = new Map<string, Set<Call>>();
  let hops = 0;
  let characters = 0;

  function hopOf(message: Invite | InviteResponse, now: number): { call: Call; hop: Hop } | null {
    const name = `${message.callId} ${message.cseq}`;
    const call = calls.get(name) ?? { name, hops: new Map(), firstAt: now, since: now, lastAt: now };
    calls.set(name, call);
    call.lastAt = now;
    // What waited for its INVITE, or was held back, may be told by now.
    if (!waiting.has(call) && [...call.hops.values()].some(isUntold)) waiting.add(call);
    const [via = ""] = message.vias;
    const known = call.hops.get(via);
    if (known !== undefined) return { call, hop: known };
    if (call.hops.size >= limits.mostHopsOfCall) {
      lose("too-many-branches");
      return null;
    }
    const { vias } = message;
    const hop: Hop = { name: via, vias, invite: null, provisional: 0, final: null, isDone: false };
    call.hops.set(via, hop);
    hops += 1;
    return { call, hop };
  }

  function takeInvite(invite: Invite, place: Place, now: number): void {
    if (invite.inDialog) return lose("in-dialog");
    const found = hopOf(invite, now);
    if (found === null || found.hop.invite !== null) return;
    const { call, hop } = found;
    hop.invite = { message: invite, place };
    for (const caller of [callerOf(invite, place), invite.fromUser])
      placed.set(caller, (placed.get(caller) ?? new Set()).add(call));
  }

  function takeResponse(response: InviteResponse, place: Place, now: number): void {
    const found = hopOf(response, now);
    if (found === null) return;
    const { call, hop } = found;
    if (response.status < 200) {
      if (response.status > 100) {
        hop.provisional = Math.max(hop.provisional, response.status);
        keepOn(call, now);
      }
      return;
    }
    // A retransmission says the same again. The first one by the agents' clocks stands, whichever came first here.
    if (hop.final !== null && (hop.isDone || hop.final.at <= place.at)) return;
    characters += sizeOf(response) - (hop.final === null ? 0 : sizeOf(hop.final.response));
    hop.final = { response, at: place.at, seenAt: hop.final?.seenAt ?? now };
    waiting.add(call);
  }

  /** It rings: its time begins anew, behind all other calls. */
  function keepOn(call: Call, now: number): void {
    if (now - call.firstAt >= limits.longestMs) return;
    call.since = now;
    calls.delete(call.name);
    calls.set(call.name, call);
  }

  /** The answers of a call that can be told; `isOver`: none waits any longer. */
  function tell(call: Call, now: number, isOver: boolean): readonly BranchOutcome[] {
    const all = [...call.hops.values()];
    const isComplete = all.every(({ invite, final }) => invite !== null && final !== null);
    const isSettled = isComplete && now - call.lastAt >= limits.settleMs;
    const due = all.filter(
      ({ isDone, final }) =>
        !isDone && final !== null && (isOver || isSettled || now - final.seenAt >= limits.graceMs),
    );
    const held = new Set(isOver || isSettled ? [] : heldOf(call, due));
    const told = due.filter((hop) => !held.has(hop)).flatMap((hop) => toldOf(call, hop, isOver));
    // An answer without its INVITE, or one that is held back, waits for that, and not for the time.
    if (all.every((hop) => hop.isDone || hop.final === null || hop.invite === null || held.has(hop))) {
      waiting.delete(call);
    }
    return told;
  }

  function toldOf(call: Call, hop: Hop, isOver: boolean): readonly BranchOutcome[] {
    const { invite, final } = hop;
    if (final === null) return [];
    if (invite === null) {
      // Its INVITE may be on the way as long as the call is kept.
      if (isOver) lose("orphan");
      hop.isDone = isOver;
      return [];
    }
    hop.isDone = true;
    const ends = [...call.hops.values()].filter((each) => !wentOn(call, each));
    if (!ends.includes(hop)) return [];
    const { response, at } = final;
    if (isChallenge(response.status)) {
      lose("challenge");
      return [];
    }
    if (response.isCut && response.status >= 300) {
      lose("cut-off");
      return [];
    }
    if (isRelayed(call, hop, legsOf(invite))) {
      lose("relayed");
      return [];
    }
    const { requestUri } = invite.message;
    const branchOutcomes = ends
      .filter((other) => other !== hop)
      // That a branch rang counts, though it was cancelled afterwards: somebody is there.
      .flatMap(({ final: end, provisional }) => [provisional, end?.response.status ?? 0])
      .filter((status) => status > 100 && !isChallenge(status))
      .toSorted((a, b) => a - b);
    return [{ id: idOf(response), requestUri, response, at, branchOutcomes }];
  }

  /** Calls that may be the other leg of the one that came by this INVITE. */
  function legsOf({ message, place }: { readonly message: Invite; readonly place: Place }): Iterable<Call> {
    const sameUser = placed.get(message.fromUser);
    const isUsual = sameUser !== undefined && sameUser.size <= limits.mostCallsOfUser;
    return (isUsual ? sameUser : placed.get(callerOf(message, { sender: place.receiver }))) ?? [];
  }

  function letGo(call: Call, now: number): readonly BranchOutcome[] {
    const told = tell(call, now, true);
    const open = [...call.hops.values()].filter(({ isDone }) => !isDone).length;
    if (now - call.since < limits.keepMs) for (let n = 0; n < open; n += 1) lose("let-go");
    calls.delete(call.name);
    waiting.delete(call);
    hops -= call.hops.size;
    for (const { invite, final } of call.hops.values()) {
      if (final !== null) characters -= sizeOf(final.response);
      if (invite === null) continue;
      for (const caller of [callerOf(invite.message, invite.place), invite.message.fromUser]) {
        const own = placed.get(caller);
        own?.delete(call);
        if (own?.size === 0) placed.delete(caller);
      }
    }
    return told;
  }

  return {
    take(message, place, now) {
      if (message.kind === "invite") takeInvite(message, place, now);
      else takeResponse(message, place, now);
    },
    due(now) {
      const told = [...waiting].flatMap((call) => tell(call, now, false));
      const gone: BranchOutcome[] = [];
      for (const call of calls.values()) {
        const isFull = hops > limits.mostHops || characters > limits.mostCharacters;
        if (!isFull && now - call.since < limits.keepMs) break;
        gone.push(...letGo(call, now));
      }
      return [...told, ...gone];
    },
    end: () => [...calls.values()].flatMap((call) => letGo(call, call.since)),
    get hops() {
      return hops;
    },
  };
}

const isUntold = ({ final, isDone }: Hop): boolean => final !== null && !isDone;

const isChallenge = (status: number): boolean => status === 401 || status === 407;

/** The same answer on the same branch has the same id, whoever mirrored it and however often. */
const idOf = ({ callId, cseq, vias, status }: InviteResponse): string =>
  hashOf(callId, cseq, vias[0], status);
