import type { HepPacket } from "./decode.ts";
import type { Invite, InviteResponse } from "./sip-message.ts";

/** Who sent a message to whom, and when. */
export type Place = Pick<HepPacket, "sender" | "receiver" | "at">;

/** One INVITE from one element to the next, and its answers: they share the top Via (RFC 3261 17.1.3, 8.2.6.2). */
export interface Hop {
  readonly name: string;
  /** Of whichever message of it was here first. */
  readonly vias: readonly string[];
  invite: { readonly message: Invite; readonly place: Place } | null;
  /** The highest of its answers 101 to 199; 0: none. */
  provisional: number;
  final: { readonly response: InviteResponse; readonly at: number; readonly seenAt: number } | null;
  isDone: boolean;
}

/** All hops of one INVITE on its ways through proxies: Call-ID and CSeq stay, each proxy puts its Via on top (16.6). */
export interface Call {
  readonly name: string;
  readonly hops: Map<string, Hop>;
  readonly firstAt: number;
  /** It is kept for so long from here on: from its beginning, or from when it rang. */
  since: number;
  lastAt: number;
}

/** Who calls, from where: what the two legs of a B2BUA have in common, where it has one address for both. */
export const callerOf = ({ fromUser }: Invite, { sender }: Pick<Place, "sender">): string =>
  `${sender} ${fromUser}`;

/** Whether its Vias say which hop of the call it goes on from: a proxy sent it on. */
export const isForwarded = (call: Call, { name, vias }: Hop): boolean =>
  vias.some((via) => via !== name && call.hops.has(via));

/**
 * Whether a hop is not the last one: another one of the call has it below its own Via, or, where the Vias are hidden
 * (topology hiding) and name no hop, was sent afterwards by who received it and did not send it. With sockets of its own
 * for each side, who hides them is known by the other end of the way: what came first in the call did not go further
 * where a later hop of somebody else begins at another bottom Via.
 */
export function wentOn(call: Call, { name, vias, invite }: Hop): boolean {
  const hops = [...call.hops.values()];
  const begunAt = Math.min(...hops.map((hop) => hop.invite?.place.at ?? Infinity));
  return hops.some((next) => {
    if (next.name === name) return false;
    if (next.vias.includes(name, 1)) return true;
    if (next.invite === null || invite === null) return false;
    if (vias.includes(next.name) || isForwarded(call, next)) return false;
    const [from, to] = [next.invite.place, invite.place];
    if (from.sender === to.sender || from.at < to.at) return false;
    if (from.sender === to.receiver) return true;
    return to.at === begunAt && from.at > to.at && next.vias.at(-1) !== vias.at(-1);
  });
}

/** Whether a branch went out of which nothing is known but that somebody has it: it may ring yet. */
export const isSilent = (call: Call, hop: Hop): boolean =>
  hop.invite !== null && hop.final === null && hop.provisional === 0 && !wentOn(call, hop);

/** Whether a B2BUA may answer so because its own call ended so: it hands on the same, or whatever a redirect led to. */
const leadsTo = (own: number, answer: number): boolean => own === answer || (own >= 300 && own < 400);

/** A B2BUA hands an answer on at once. */
const handOnMs = 1000;

/**
 * Whether who answered had called somebody itself meanwhile, for the same caller, and was answered the same: one of
 * `others`. Another call that it only sent on, as a proxy, says nothing of this one. Where it calls from another address
 * than it is called at, the answers have to follow one on the other at once, and neither the caller nor who was called be
 * the same in both.
 */
export function isRelayed(call: Call, { invite, final }: Hop, others: Iterable<Call>): boolean {
  if (invite === null || final === null) return false;
  const { place } = invite;
  const isOwn = (other: Call) => (hop: Hop) => {
    if (hop.invite === null || hop.final === null || isForwarded(other, hop)) return false;
    const own = hop.invite.place;
    const isWithin = own.at >= place.at && hop.final.at <= final.at;
    if (!isWithin || !leadsTo(hop.final.response.status, final.response.status)) return false;
    if (own.sender === place.receiver) return true;
    const isElsewhere = own.sender !== place.sender && own.receiver !== place.receiver;
    return isElsewhere && hop.final.at > final.at - handOnMs;
  };
  return [...others].some((other) => other !== call && [...other.hops.values()].some(isOwn(other)));
}

/**
 * A 410 that waits for a branch of which nobody knows whether it will ring: that somebody is there would be known too
 * late. Where the call ended further up, none of them will.
 */
export function heldOf(call: Call, due: readonly Hop[]): readonly Hop[] {
  const gone = due.filter(({ final }) => final?.response.status === 410);
  const all = [...call.hops.values()];
  if (gone.length === 0 || !all.some((hop) => isSilent(call, hop))) return [];
  const isEnded = all.some((hop) => hop.final !== null && hop.invite !== null && wentOn(call, hop));
  return isEnded ? [] : gone;
}

/** Its headers stand in it twice: as the head, and by themselves. */
export const sizeOf = ({ head }: InviteResponse): number => 2 * head.length;
