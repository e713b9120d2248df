import { type HepCall, type HepHop, isForwarded } from "./hep-call.ts";

/** A B2BUA relays an answer within this time. */
const maxRelayMs = 1000;

/**
 * True if a B2BUA gave this answer because a call of its own, one of `others`, ended the same way meanwhile. A call that it
 * only forwarded as a proxy does not count. If that call has another sender than the B2BUA's own address, we are stricter:
 * its answer has to come less than a second before, and both its caller and its callee have to differ.
 */
export function isRelayed({ invite, final }: HepHop, call: HepCall, others: Iterable<HepCall>): boolean {
  if (invite === null || final === null) return false;
  const { capture } = invite;
  const isOwnLeg = (other: HepCall) => (hop: HepHop) => {
    if (hop.invite === null || hop.final === null || isForwarded(other, hop)) return false;
    const own = hop.invite.capture;
    const isWithin = own.at >= capture.at && hop.final.at <= final.at;
    if (!isWithin || !mayRelay(hop.final.response.status, final.response.status)) return false;
    if (own.sender === capture.receiver) return true;
    const isElsewhere = own.sender !== capture.sender && own.receiver !== capture.receiver;
    return isElsewhere && hop.final.at > final.at - maxRelayMs;
  };
  return [...others].some((other) => other !== call && [...other.hops.values()].some(isOwnLeg(other)));
}

/** True if a B2BUA may relay `answer` after its own leg ended with `own`: the same status, or any after a 3xx it followed. */
const mayRelay = (own: number, answer: number): boolean => own === answer || (own >= 300 && own < 400);
