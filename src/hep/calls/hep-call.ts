import type { HepPacket } from "../packets/decode.ts";
import type { Invite, InviteResponse } from "../packets/sip-message.ts";

/** Who sent a mirrored message to whom, and when. */
export type HepCapture = Pick<HepPacket, "sender" | "receiver" | "at">;

/** An INVITE as it was mirrored. */
export interface CapturedInvite {
  readonly message: Invite;
  readonly capture: HepCapture;
}

/** One INVITE from one element to the next, and its answers: they share the top Via (RFC 3261 17.1.3, 8.2.6.2). */
export interface HepHop {
  /** The top Via. */
  readonly name: string;
  /** The Vias of the first message that arrived here, INVITE or answer. */
  readonly vias: readonly string[];
  invite: CapturedInvite | null;
  /** The highest of its answers from 101 to 199; 0 if there was none. */
  provisional: number;
  final: { readonly response: InviteResponse; readonly at: number; readonly seenAt: number } | null;
  /** True when its final answer has been reported, or left out for good. */
  isDone: boolean;
}

/** All hops of one INVITE through proxies: Call-ID and CSeq stay, each proxy adds its Via on top (RFC 3261 16.6). */
export interface HepCall {
  readonly name: string;
  readonly hops: Map<string, HepHop>;
  readonly firstAt: number;
  /** The time from which its age is counted: its first message, or the last time it rang. */
  since: number;
  lastAt: number;
}

/** The caller and the address it calls from. Both legs of a B2BUA have it in common if the B2BUA has one address. */
export const callerOf = ({ fromUser }: Invite, { sender }: Pick<HepCapture, "sender">): string =>
  `${sender} ${fromUser}`;

/** True if a proxy sent this hop on: one of its other Vias is the top Via of a hop of the same call. */
export const isForwarded = (call: HepCall, { name, vias }: HepHop): boolean =>
  vias.some((via) => via !== name && call.hops.has(via));

/**
 * True if the call continued after this hop, so that this hop is not the last one. Either another hop has this hop's Via
 * below its own. Or the proxy hides the Vias (topology hiding); then we look for a later hop that the receiver of this one
 * sent. A proxy that hides Vias may also use one socket for each side. Then we compare the bottom Vias: the first hop of
 * the call continued if another sender's later hop has a different bottom Via.
 */
export function hasNextHop(call: HepCall, { name, vias, invite }: HepHop): boolean {
  const hops = [...call.hops.values()];
  const begunAt = Math.min(...hops.map((hop) => hop.invite?.capture.at ?? Infinity));
  return hops.some((next) => {
    if (next.name === name) return false;
    if (next.vias.includes(name, 1)) return true;
    if (next.invite === null || invite === null) return false;
    if (vias.includes(next.name) || isForwarded(call, next)) return false;
    const [later, own] = [next.invite.capture, invite.capture];
    if (later.sender === own.sender || later.at < own.at) return false;
    if (later.sender === own.receiver) return true;
    return own.at === begunAt && later.at > own.at && next.vias.at(-1) !== vias.at(-1);
  });
}

/** True if the callee of this branch has sent nothing but 100 yet, so that it may still ring. */
const isSilent = (call: HepCall, hop: HepHop): boolean =>
  hop.invite !== null && hop.final === null && hop.provisional === 0 && !hasNextHop(call, hop);

/**
 * The 410s that have to wait, because another branch may still ring: a branch that rings shows that somebody is there. If
 * the call has ended further up, no branch will ring any more, and none waits.
 */
export function findHeld(call: HepCall, due: readonly HepHop[]): readonly HepHop[] {
  const gone = due.filter(({ final }) => final?.response.status === 410);
  const all = [...call.hops.values()];
  if (gone.length === 0 || !all.some((hop) => isSilent(call, hop))) return [];
  const isEnded = all.some((hop) => hop.final !== null && hop.invite !== null && hasNextHop(call, hop));
  return isEnded ? [] : gone;
}
