import { setTimeout as sleep } from "node:timers/promises";
import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import type { Outgoing } from "../../dialects/shared/dialect.ts";
import { type Rest, RestError } from "../rest.ts";
import { type CheckedSource, phrase } from "./phrase.ts";
import type { Scenario } from "./scenarios.ts";

/** The result of a scenario, in words. */
export interface Played {
  readonly scenario: string;
  readonly expected: string;
  readonly happened: string;
  readonly result: "ok" | "differs" | "not supported";
}

// The fields of the answers that are used.
const Contact = Type.Object({
  id: Type.String(),
  addresses: Type.Array(Type.Object({ uri: Type.String(), state: Type.String() })),
});
const Receipts = Type.Object({
  events: Type.Array(Type.Object({ id: Type.Optional(Type.String()), state: Type.String() })),
  ignored: Type.Optional(Type.String()),
});
const Events = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      clockAdjusted: Type.Boolean(),
      verdict: Type.Union([Type.Null(), Type.Object({ code: Type.String(), rule: Type.String() })]),
    }),
  ),
});
const Problem = Type.Object({ detail: Type.String() });

const assertedMinutesAgo = 60;

/** More than all scenarios have together, so one page has them all. */
const maxEvents = 500;

/** How long to wait for verdicts. */
const patienceMs = 30_000;

interface Stage {
  /** The service, with the key of the book that is played in. */
  readonly api: Rest;
  readonly source: CheckedSource;
  /** Milliseconds since 1970, for the times of all scenarios. */
  readonly now: number;
  /** Makes the ids of this run unique. */
  readonly run: string;
}

/** Plays one scenario on a contact of its own, and compares. */
export async function play(stage: Stage, scenario: Scenario): Promise<Played> {
  const { api, source, now } = stage;
  const expected = describe(scenario.expected);
  const phrasing = phrase(source, scenario, stage);
  if (phrasing.kind === "unsaid") {
    const happened = `${source.dialect}: ${phrasing.why}`;
    return { scenario: scenario.name, expected, happened, result: "not supported" };
  }
  const assertedAt = new Date(now - assertedMinutesAgo * 60_000).toISOString();
  const addresses = [{ uri: scenario.address, assertedAt }];
  const contact = await api.post("/v1/contacts", { name: scenario.name, addresses }, Contact);
  const outcomes = await sendAll(stage, phrasing.requests, scenario.together ?? false);
  const verdicts = await readVerdicts(api, outcomes);
  const after = await api.get(`/v1/contacts/${contact.id}?include=gone`, Contact);
  const book = after.addresses.map(({ uri, state }) => `${uri} ${state}`);
  const happened = describe({ verdicts, book });
  return { scenario: scenario.name, expected, happened, result: happened === expected ? "ok" : "differs" };
}

type ReportOutcome =
  | { readonly kind: "event"; readonly id: string; readonly isDuplicate: boolean }
  | { readonly kind: "other"; readonly text: string };

async function sendAll(
  { api, source }: Stage,
  requests: readonly Outgoing[],
  together: boolean,
): Promise<readonly ReportOutcome[]> {
  const send = async (outgoing: Outgoing) =>
    outcomesOf(await api.send(`/v1/webhooks/${source.name}`, outgoing, !together));
  if (together) return (await Promise.all(requests.map(send))).flat();
  const outcomes: ReportOutcome[] = [];
  for (const outgoing of requests) outcomes.push(...(await send(outgoing)));
  return outcomes;
}

function outcomesOf({ status, body }: { status: number; body: unknown }): readonly ReportOutcome[] {
  if (!Check(Receipts, body)) {
    return [{ kind: "other", text: `${status} ${Check(Problem, body) ? body.detail : ""}`.trim() }];
  }
  if (body.ignored !== undefined) return [{ kind: "other", text: `ignored: ${body.ignored}` }];
  return body.events.map((receipt): ReportOutcome => toOutcome(receipt));
}

function toOutcome({ id, state }: Static<typeof Receipts>["events"][number]): ReportOutcome {
  if (id === undefined || state === "rejected") return { kind: "other", text: state };
  return { kind: "event", id, isDuplicate: state === "duplicate" };
}

/** The final verdicts: a later report may have changed that of an earlier one. */
async function readVerdicts(api: Rest, outcomes: readonly ReportOutcome[]): Promise<readonly string[]> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes)
    if (outcome.kind === "event") counts.set(outcome.id, (counts.get(outcome.id) ?? 0) + 1);
  const decided = await readDecided(api, [...counts.keys()]);
  return [
    ...outcomes.flatMap((outcome) => (outcome.kind === "other" ? [outcome.text] : [])),
    ...[...counts].map(([id, count]) => {
      const verdict = decided.get(id) ?? "not on record";
      return count === 1 ? verdict : `${verdict} and ${count - 1} duplicates`;
    }),
  ];
}

async function readDecided(api: Rest, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const { items } = await api.get(`/v1/events?limit=${maxEvents}`, Events);
    const decided = new Map(items.flatMap((event) => nameVerdict(event)));
    const waiting = items.filter(({ id, verdict }) => verdict === null && ids.includes(id));
    if (waiting.length === 0) return decided;
    if (performance.now() > deadline)
      throw new RestError("No verdict after 30 seconds: is a worker running?");
    await sleep(50);
  }
}

function nameVerdict({
  id,
  verdict,
  clockAdjusted,
}: Static<typeof Events>["items"][number]): [string, string][] {
  if (verdict === null) return [];
  return [[id, `${verdict.code}/${verdict.rule}${clockAdjusted ? " with its time set back" : ""}`]];
}

/** "2 x recorded/no-change, applied/gone; sip:a@old.example gone" */
function describe({ verdicts, book }: Scenario["expected"]): string {
  const counts = Map.groupBy(verdicts.toSorted(), (verdict) => verdict);
  const counted = [...counts].map(([verdict, { length }]) =>
    length === 1 ? verdict : `${length} x ${verdict}`,
  );
  return `${counted.join(", ")}; ${book.toSorted().join(", ")}`;
}
