import { Type } from "typebox";
import { dialectOf } from "../../dialects/dialects.ts";
import { readMapping } from "../../dialects/generic/mapping.ts";
import { json, location, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { answerPage, pageQuery, readPage, rowsOf } from "../../http/page.ts";
import { type FieldError, Problem } from "../../http/problem.ts";
import { Name } from "../../json/parts.ts";
import { addDialectSources, noSuchSource, openSource, sourceOf } from "../../sources/book-sources.ts";
import { readActivity } from "../../store/sources/activity.ts";
import { changeSource, createSource, listSources, type SettledSource } from "../../store/sources/sources.ts";
import { activityToWire } from "../../wire/calls/source-activity.ts";
import { sourceToWire } from "../../wire/calls/sources.ts";
import { listOf, ref } from "../../wire/shapes.ts";

const Cursor = Type.Object({ name: Name });
const noSource = problem("Source not found in this book");

export const sourceRoutes: Routes<{
  /** Stores the tallies that this process has counted so far. */
  flushTallies: () => Promise<void>;
}> = async (app, { db, flushTallies }) => {
  app.post(
    "/v1/sources",
    withKey(db, "admin", {
      operationId: "createSource",
      summary: "Create a source",
      description:
        "Create one source for each PBX or trunk, so that you can filter, observe and undo its events separately.",
      tags: ["sources"],
      body: ref("SourceInput"),
      response: {
        201: json("The new source", ref("Source"), location),
        409: problem("A source with this name exists"),
      },
    }),
    async (request, reply) => {
      const { name, dialect = "default" } = request.body;
      const {
        mode = dialectOf({ dialect }).firstMode,
        mapping = null,
        paused = false,
        trustedPath = false,
      } = request.body;
      const settings = { mode, mapping, paused, trustedPath };
      const faults = settingsFaults({ dialect, ...settings });
      if (faults.length > 0) throw unfitSettings(faults);
      const { book } = callerOf(request);
      // The name of a dialect is reserved, even before its source exists.
      await openSource(db, book.id, name);
      const source = await createSource(db, book.id, { name, dialect, ...settings });
      if (source === null) throw new Problem("conflict", `A source named ${name} exists`);
      return reply.code(201).header("location", `/v1/sources/${name}`).send(sourceToWire(source));
    },
  );

  app.get(
    "/v1/sources",
    withKey(db, "read", {
      operationId: "listSources",
      summary: "The sources of the book, by name",
      tags: ["sources"],
      querystring: Type.Object({ ...bookQuery, ...pageQuery }),
      response: { 200: json("A page of sources", listOf("Source"), nextLink) },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const { book } = callerOf(request);
      await addDialectSources(db, book.id);
      const rows = await listSources(db, book.id, rowsOf(page, "name"));
      return answerPage(reply, page, rows, { toItem: sourceToWire, cursorOf: ({ name }) => ({ name }) });
    },
  );

  app.get(
    "/v1/sources/:name",
    withKey(db, "read", {
      operationId: "getSource",
      summary: "One source, and its recent activity",
      tags: ["sources"],
      params: Type.Object({ name: Name }),
      response: { 200: json("The source", ref("Source")), 404: noSource },
    }),
    async (request) => {
      const caller = callerOf(request);
      const source = await sourceOf(db, caller, request.params.name);
      await flushTallies();
      return {
        ...sourceToWire(source),
        activity: activityToWire(await readActivity(db, caller.book.id, source)),
      };
    },
  );

  app.patch(
    "/v1/sources/:name",
    withKey(db, "admin", {
      operationId: "changeSource",
      summary: "Change a source",
      description:
        "A new mode or mapping applies to events received from now on; events are judged once, at receipt. While a source " +
        "is `paused`, its reports get 503, and a PBX that can retry keeps them.",
      tags: ["sources"],
      params: Type.Object({ name: Name }),
      body: ref("SourcePatch"),
      response: { 200: json("The source as it is now", ref("Source")), 404: noSource },
    }),
    async (request) => {
      const { book } = callerOf(request);
      await sourceOf(db, callerOf(request), request.params.name);
      const fits = (wanted: SettledSource) => settingsFaults(wanted).length === 0;
      const change = await changeSource(db, book.id, request.params.name, request.body, fits);
      if (change === null) throw noSuchSource();
      if (change.kind === "refused") throw unfitSettings(settingsFaults(change.wanted));
      return sourceToWire(change.source);
    },
  );
};

/** Settings that cannot be combined. */
function settingsFaults({ dialect, mode, mapping, trustedPath }: SettledSource): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (dialectOf({ dialect }).firstMode === "observe" && mode === "immediate" && !trustedPath) {
    const detail = `needs trustedPath: anybody who can reach the port can send reports for a source of the dialect ${dialect}`;
    errors.push({ pointer: "/mode", detail });
  }
  if (mapping !== null && dialect !== "generic") {
    errors.push({ pointer: "/mapping", detail: "is allowed with the dialect generic only" });
  }
  const known = readMapping(mapping);
  if (known !== null && known.status === undefined && known.constants?.status === undefined) {
    errors.push({ pointer: "/mapping/status", detail: "is required, here or in constants" });
  }
  return errors;
}

const unfitSettings = (errors: readonly FieldError[]): Problem =>
  new Problem("invalid-input", "The settings cannot be combined", { errors });
