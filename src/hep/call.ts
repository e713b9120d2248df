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
  readonly since: number;
  lastAt: number;
}

/** Who calls, from where: what the two legs of a B2BUA have in common. */
export const callerOf = ({ fromUser }: Invite, { sender }: Pick<Place, "sender">): string =>
  `${sender} ${fromUser}`;

/** Whether its Vias say which hop of the call it goes on from: a proxy sent it on. */
export const isForwarded = (call: Call, { name, vias }: Hop): boolean =>
  vias.some((via) => via !== name && call.hops.has(via));

/**
 * Whether a hop is not the last one: another one of the call has it below its own Via, or, where the Vias are hidden
 * (topology hiding) and name no hop, was sent afterwards by who received it and did not send it.
 */
export function wentOn(call: Call, { name, vias, invite }: Hop): boolean {
  return [...call.hops.values()].some((next) => {
    if (next.name === name) return false;
    if (next.vias.includes(name, 1)) return true;
    if (next.invite === null || invite === null) return false;
    if (vias.includes(next.name) || isForwarded(call, next)) return false;
    const [from, to] = [next.invite.place, invite.place];
    return from.sender === to.receiver && from.sender !== to.sender && from.at >= to.at;
  });
}

/** Whether a B2BUA may answer so because its own call ended so: it hands on the same, or whatever a redirect led to. */
export const leadsTo = (own: number, answer: number): boolean => own === answer || (own >= 300 && own < 400);

/** Its headers stand in it twice: as the head, and by themselves. */
export const sizeOf = ({ head }: InviteResponse): number => 2 * head.length;
