import { type Static, Type } from "typebox";
import { defined } from "../../json/defined.ts";
import { events, type Translation } from "./dialect.ts";
import { hashOf } from "./hash-of.ts";
import { Count, numberOf, Text, textOf, textsOf } from "./pseudo-variables.ts";
import { endOfSecond } from "./values.ts";

/** A record of the module acc, with what the script adds: `ruri`, what begins with `rpl_`, and `cseq`. */
export const AccRecord = Type.Object({
  callid: Text,
  sip_code: Count,
  sip_reason: Type.Optional(Text),
  to_tag: Type.Optional(Text),
  method: Type.Optional(Text),
  time: Type.Optional(Count),
  ruri: Type.Optional(Text),
  ouri: Type.Optional(Text),
  rpl_contact: Type.Optional(Text),
  rpl_code: Type.Optional(Text),
  rpl_uri: Type.Optional(Text),
  cseq: Type.Optional(Count),
});

const names = {
  requestUri: "ruri",
  status: "sip_code",
  reason: "sip_reason",
  contacts: "rpl_contact",
  callId: "callid",
  occurredAt: "time",
};

/**
 * How a transaction ended. All records of one ending have the same id, whichever acc event brought them. `path` is the
 * place of the record in the body.
 */
export function readAccounting(record: Static<typeof AccRecord>, path = ""): Translation {
  const status = numberOf(record.sip_code) ?? 0;
  const event = defined({
    id: hashOf(textOf(record.callid), textOf(record.to_tag), status, numberOf(record.cseq)),
    method: textOf(record.method),
    requestUri: textOf(record.ruri),
    status,
    reason: textOf(record.sip_reason)?.slice(0, 1000),
    contacts: isOfThisAnswer(record, status) ? textsOf([record.rpl_contact]) : [],
    callId: textOf(record.callid)?.slice(0, 512),
    cseq: numberOf(record.cseq),
    occurredAt: endOfSecond(numberOf(record.time) ?? Number.NaN),
  });
  const placed = Object.entries(names).map(([ours, theirs]) => [ours, `${path}${theirs}`]);
  return events({ event, names: Object.fromEntries(placed) });
}

/**
 * `rpl_contact` is from the last redirect of any branch, but the code is from the branch that won. They belong together
 * only if the winner is a redirect, and the script noted its code and URI. A record without these two is accepted if
 * nothing points to another branch: the caller's URI, if present, is the dialled one. Kamailio writes `0` for a missing
 * header.
 */
function isOfThisAnswer({ rpl_contact, ...record }: Static<typeof AccRecord>, status: number): boolean {
  if (status < 300 || status >= 400 || rpl_contact === "0") return false;
  const dialled = textOf(record.ruri);
  const [code, uri] = [textOf(record.rpl_code), textOf(record.rpl_uri)];
  const isNoted = code !== undefined && uri !== undefined;
  const isLone = (textOf(record.ouri) ?? dialled) === dialled;
  return (code ?? `${status}`) === `${status}` && (uri ?? dialled) === dialled && (isNoted || isLone);
}
