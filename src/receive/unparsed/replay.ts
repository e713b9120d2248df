import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger } from "fastify";
import { type Static, Type } from "typebox";
import { awayOrPaused, json, problem } from "../../http/answers.ts";
import { bookQuery, type Caller, callerOf } from "../../http/auth.ts";
import { withKey } from "../../http/keyed-route.ts";
import { CursorId } from "../../http/page.ts";
import { Problem } from "../../http/problem.ts";
import { Id, Name } from "../../json/parts.ts";
import { sourceOf } from "../../sources/book-sources.ts";
import type { Database } from "../../store/client.ts";
import type { SourceRow } from "../../store/sources/sources.ts";
import {
  dropUnparsed,
  findUnparsed,
  readUnparsed,
  type WholeUnparsed,
} from "../../store/sources/unparsed.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { unparsedShapes } from "../../wire/calls/unparsed.ts";
import { ref } from "../../wire/shapes.ts";
import type { Inbox } from "../intake/inbox.ts";
import { receive, toReceipts, withoutConflict } from "../intake/intake.ts";
import { refusePaused } from "../intake/reporting-source.ts";
import { interpret } from "../interpret/interpret.ts";

/** Most requests that one call replays. */
const maxAtOnce = 100;

/** Replays requests, after a fix, that could not be understood when they arrived. */
export const replayRoutes: FastifyPluginAsyncTypebox<{
  db: Database;
  inbox: Inbox;
  metrics: Metrics;
}> = async (app, { db, inbox, metrics }) => {
  app.post(
    "/v1/sources/:name/unparsed/:id/replay",
    withKey(db, "write", {
      operationId: "replayUnparsed",
      summary: "Replay a request that could not be read",
      description:
        "It is read by the present dialect, mapping and mode of the source. Its events keep their first time of receipt, so later " +
        "edits by people override them. A request that can be read now leaves the list.",
      tags: ["sources"],
      params: Type.Object({ name: Name, id: Id }),
      response: {
        200: json("The result of the request", ref("UnparsedReplay")),
        404: problem("Request not found for this source; it may have been deleted"),
        503: awayOrPaused,
      },
    }),
    async (request) => {
      const caller = callerOf(request);
      const source = await sourceOf(db, caller, request.params.name);
      refusePaused(source);
      const kept = await findUnparsed(db, source.id, request.params.id);
      if (kept === null)
        throw new Problem("not-found", "Request not found for this source; it may have been deleted");
      return readAgain({ db, inbox, metrics, log: request.log }, caller, source, kept);
    },
  );

  app.post(
    "/v1/sources/:name/unparsed/replay",
    withKey(db, "write", {
      operationId: "replayAllUnparsed",
      summary: "Replay all requests that could not be read, in the order of receipt",
      description: `At most ${maxAtOnce} requests a call: continue with \`after\` until \`next\` is null.`,
      tags: ["sources"],
      params: Type.Object({ name: Name }),
      querystring: Type.Object({
        ...bookQuery,
        after: Type.Optional({ ...CursorId, description: "`next` of the previous response" }),
      }),
      response: {
        200: json("The result of each request", ref("UnparsedReplays")),
        404: problem("Source not found in this book"),
        503: awayOrPaused,
      },
    }),
    async (request) => {
      const caller = callerOf(request);
      const source = await sourceOf(db, caller, request.params.name);
      refusePaused(source);
      const { after = null } = request.query;
      const kept = await readUnparsed(db, source.id, { after, limit: maxAtOnce });
      const results: Result[] = [];
      const deps = { db, inbox, metrics, log: request.log };
      for (const each of kept) results.push(await readAgain(deps, caller, source, each));
      return { ...sumOf(results), next: kept.length < maxAtOnce ? null : (kept.at(-1)?.id ?? null) };
    },
  );
};

interface ReplayDeps {
  readonly db: Database;
  readonly inbox: Inbox;
  readonly metrics: Metrics;
  readonly log: FastifyBaseLogger;
}

type Result = Static<(typeof unparsedShapes)["UnparsedReplay"]>;

/** Stores the events before the request leaves the list: a replay that is interrupted runs again, and each event counts once. */
async function readAgain(
  deps: ReplayDeps,
  caller: Caller,
  source: SourceRow,
  { id, firstAt, contentType, headers, query, body }: WholeUnparsed,
): Promise<Result> {
  const incoming = { contentType, headers, query, body, mapping: source.mapping };
  const interpretation = interpret(source, incoming);
  const blank = { reason: null, problem: null, receipts: null };
  switch (interpretation.kind) {
    case "unparsed":
      return { ...blank, kind: "unparsed", problem: interpretation.problem.toBody() };
    case "ignored":
      await dropUnparsed(deps.db, source.id, id);
      return { ...blank, kind: "ignored", reason: interpretation.reason };
    case "events": {
      const validations = interpretation.validations.map((validation) =>
        validation.kind === "valid"
          ? { ...validation, report: { ...validation.report, receivedAt: firstAt } }
          : validation,
      );
      const receptions = await receive(deps, caller, validations, source.name);
      await dropUnparsed(deps.db, source.id, id);
      return { ...blank, kind: "events", receipts: toReceipts(receptions.map(withoutConflict)) };
    }
  }
}

function sumOf(results: readonly Result[]) {
  const count = (kind: Result["kind"]) => results.filter((each) => each.kind === kind).length;
  const sum = (state: "accepted" | "duplicates" | "rejected") =>
    results.reduce((total, { receipts }) => total + (receipts?.[state] ?? 0), 0);
  return {
    events: count("events"),
    ignored: count("ignored"),
    unparsed: count("unparsed"),
    accepted: sum("accepted"),
    duplicates: sum("duplicates"),
    rejected: sum("rejected"),
  };
}
