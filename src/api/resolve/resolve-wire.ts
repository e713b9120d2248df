import type { Static } from "typebox";
import { Problem } from "../../http/problem.ts";
import type { CallEvidence } from "../../store/resolve/evidence.ts";
import type { AskedAddress, ResolvedAddress } from "../../store/resolve/resolve.ts";
import type { shapes } from "../../wire/shapes.ts";

type Wire = Static<typeof shapes.Resolution>;

export function answerToWire({ uri, key }: AskedAddress, answer: ResolvedAddress): Wire {
  const { current, hops, contacts, moreContacts, basis, evidence } = answer;
  return {
    uri,
    key,
    answer: answer.answer,
    current,
    hops: hops.map((hop) => ({ ...hop, occurredAt: new Date(hop.occurredAt).toISOString() })),
    contacts: [...contacts],
    moreContacts,
    basis,
    evidence: evidenceToWire(evidence),
  };
}

function evidenceToWire(evidence: CallEvidence | null): Wire["evidence"] {
  if (evidence === null) return { lastAnsweredAt: null, lastEvent: null };
  const { lastEventId, status, occurredAt, source, verdict, rule, lastAnsweredAt } = evidence;
  return {
    lastAnsweredAt: lastAnsweredAt?.toISOString() ?? null,
    lastEvent: { id: lastEventId, status, occurredAt: occurredAt.toISOString(), source, verdict, rule },
  };
}

/** What is no address, in its place among the others. */
export function invalidToWire(uri: string, index: number, fault: string): Wire {
  const errors = [{ pointer: `/uris/${index}`, detail: fault }];
  return {
    uri,
    key: null,
    answer: "invalid",
    current: null,
    hops: [],
    contacts: [],
    moreContacts: false,
    basis: "none",
    evidence: evidenceToWire(null),
    problem: new Problem("invalid-input", `The uri ${fault}`, { errors }).toBody(),
  };
}
