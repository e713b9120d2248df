import { type HepCall, type HepHop, isForwarded } from "./hep-call.ts";

/** A B2BUA relays an answer within this time. */
const maxRelayMs = 1000;

/**
 * True if a B2BUA gave this answer because a call of its own, one of `others`, ended the same way meanwhile. A call that it
 * only forwarded as a proxy does not count. If that call has another sender than the B2BUA's own address, we are stricter:
 * its answer has to come less than a second before, its callee has to differ, and its caller may not have sent a hop of
 * this call. A PBX with one number for all its calls has many of them at a time.
 */
export function isRelayed({ invite, final }: HepHop, call: HepCall, others: Iterable<HepCall>): boolean {
  if (invite === null || final === null) return false;
  const { capture } = invite;
  const senders = new Set([...call.hops.values()].map((hop) => hop.invite?.capture.sender));
  const isOwnLeg = (other: HepCall) => (hop: HepHop) => {
    if (hop.invite === null || hop.final === null || isForwarded(other, hop)) return false;
    const own = hop.invite.capture;
    const isWithin = own.at >= capture.at && hop.final.at <= final.at;
    if (!isWithin || !mayRelay(hop.final.response.status, final.response.status)) return false;
    if (own.sender === capture.receiver) return true;
    const isElsewhere = !senders.has(own.sender) && own.receiver !== capture.receiver;
    return isElsewhere && hop.final.at > final.at - maxRelayMs;
  };
  return [...others].some((other) => other !== call && [...other.hops.values()].some(isOwnLeg(other)));
}

/** True if a B2BUA may relay `answer` after its own leg ended with `own`: the same status, or any after a 3xx it followed. */
const mayRelay = (own: number, answer: number): boolean => own === answer || (own >= 300 && own < 400);
