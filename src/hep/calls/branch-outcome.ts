import { hashOf } from "../../dialects/shared/hash-of.ts";
import type { InviteResponse } from "../packets/sip-message.ts";
import { type CapturedInvite, type HepCall, type HepHop, hasNextHop } from "./hep-call.ts";
import { isRelayed } from "./relayed.ts";

/** How one branch of a call ended, at the hop that went to the callee. */
export interface BranchOutcome {
  readonly id: string;
  readonly requestUri: string;
  readonly response: InviteResponse;
  /** When the answer was sent, in milliseconds since 1970, by the agent's clock. */
  readonly at: number;
  /** Statuses of the call's other branches: how each ended, and that it rang. */
  readonly branchOutcomes: readonly number[];
}

/**
 * Why an answer gives no outcome. `orphan`: nobody mirrored its INVITE. `upstream`: it answers a hop after which the call
 * continued, which is expected and not counted.
 */
export type LeftOut = "orphan" | "upstream" | "challenge" | "cut-off" | "relayed";

/** The outcome of a hop that has its final answer, or why it has none. `findLegs`: calls that may be the other leg. */
export function readOutcome(
  call: HepCall,
  hop: HepHop,
  findLegs: (invite: CapturedInvite) => Iterable<HepCall>,
): BranchOutcome | LeftOut {
  const { invite, final } = hop;
  if (invite === null || final === null) return "orphan";
  const { response, at } = final;
  const ends = [...call.hops.values()].filter((each) => !hasNextHop(call, each));
  if (!ends.includes(hop)) return "upstream";
  if (isChallenge(response.status)) return "challenge";
  if (response.isCut && response.status >= 300) return "cut-off";
  if (isRelayed(hop, call, findLegs(invite))) return "relayed";
  const branchOutcomes = statusesOf(ends.filter((other) => other !== hop));
  return { id: idOf(response), requestUri: invite.message.requestUri, response, at, branchOutcomes };
}

/** A branch that rang counts even if it was cancelled afterwards: somebody is there. */
const statusesOf = (hops: readonly HepHop[]): readonly number[] =>
  hops
    .flatMap(({ final, provisional }) => [provisional, final?.response.status ?? 0])
    .filter((status) => status > 100 && !isChallenge(status))
    .toSorted((a, b) => a - b);

const isChallenge = (status: number): boolean => status === 401 || status === 407;

/** The same answer on the same branch has the same id, whichever agent mirrored it and however often. */
const idOf = ({ callId, cseq, vias, status }: InviteResponse): string =>
  hashOf(callId, cseq, vias[0], status);
