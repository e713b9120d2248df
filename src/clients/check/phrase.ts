import { findDialect } from "../../dialects/dialects.ts";
import type { Outgoing } from "../../dialects/shared/dialect.ts";
import type { Report } from "../../domain/rules/event.ts";
import { interpret } from "../../receive/interpret/interpret.ts";
import { parseContactHeader } from "../../sip/contact.ts";
import type { Scenario, ScenarioReport } from "./scenarios.ts";

export interface CheckedSource {
  readonly name: string;
  readonly dialect: string;
  readonly mapping: Readonly<Record<string, unknown>> | null;
}

/** The requests of a scenario, or why the dialect cannot report it. */
type Phrasing =
  | { readonly kind: "said"; readonly requests: readonly Outgoing[] }
  | { readonly kind: "unsaid"; readonly why: string };

/** Writes the requests that the source's PBX would send. Times and ids are made from `now` and `run`. */
export function phrase(
  source: CheckedSource,
  scenario: Scenario,
  { now, run }: { readonly now: number; readonly run: string },
): Phrasing {
  const requests: Outgoing[] = [];
  for (const [index, given] of scenario.reports.entries()) {
    const report = toReport(
      { uri: scenario.address, ...given },
      { now, id: `${run}-${scenario.address}-${index}`, run },
    );
    const outgoing = findDialect(source.dialect)?.write(report, source.mapping) ?? null;
    if (outgoing === null) return { kind: "unsaid", why: `it cannot report ${given.status}` };
    const missing = findMissing(source, outgoing, report, scenario.needs);
    if (missing !== null) return { kind: "unsaid", why: missing };
    requests.push(...Array.from({ length: given.times ?? 1 }, () => outgoing));
  }
  return { kind: "said", requests };
}

function toReport(
  { at, uri, status, reason, contacts = [], reasonHeaders = [], call }: ScenarioReport & { uri: string },
  { now, id, run }: { readonly now: number; readonly id: string; readonly run: string },
): Omit<Report, "raw"> {
  const event = {
    method: "INVITE",
    requestUri: uri,
    status,
    reason,
    contacts,
    reasonHeaders,
    warnings: [],
    diversion: [],
    expires: null,
    callId: call === undefined ? id : `${run}-${call}`,
    cseq: 1,
    inDialog: false,
    followed: false,
    branchOutcomes: [],
  };
  return { id, occurredAt: new Date(now + at * 60_000), event };
}

/** What the scenario needs and the dialect leaves out, or null. */
function findMissing(
  source: CheckedSource,
  { contentType, body, query = {} }: Outgoing,
  { event: given }: Omit<Report, "raw">,
  needs: Scenario["needs"],
): string | null {
  const headers = { "content-type": contentType };
  const read = interpret(source, { contentType, headers, body, query, mapping: source.mapping });
  const [validation] = read.kind === "events" ? read.validations : [];
  if (validation?.kind !== "valid") return `it cannot report ${given.status}`;
  const { event, occurredAt } = validation.report;
  if (event.status !== given.status) return `it cannot report ${given.status}`;
  const missing = needs.find((need) => {
    if (need === "occurredAt") return occurredAt === null;
    if (need !== "contacts") return JSON.stringify(event[need]) !== JSON.stringify(given[need]);
    return parseContactHeader(event.contacts).length !== parseContactHeader(given.contacts).length;
  });
  return missing === undefined ? null : `it does not report ${missing}`;
}
