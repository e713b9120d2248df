import { type Static, Type } from "typebox";
import { empty, json, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { answerPage, CursorId, pageQuery, readPage } from "../../http/page.ts";
import { orNotFound, Problem } from "../../http/problem.ts";
import { Id, Name } from "../../json/parts.ts";
import { sourceOf } from "../../sources/book-sources.ts";
import { dropUnparsed, findUnparsed, listUnparsed, type UnparsedRow } from "../../store/sources/unparsed.ts";
import type { Unparsed } from "../../wire/calls/unparsed.ts";
import { listOf, ref } from "../../wire/shapes.ts";

/** `at` in milliseconds since 1970, within the years that PostgreSQL and JavaScript both support. */
const Cursor = Type.Object({ at: Type.Integer({ minimum: 0, maximum: 253_402_300_799_999 }), id: CursorId });

const ofOne = Type.Object({ name: Name, id: Id });
const noRequest = problem("Request not found for this source; it may have been deleted");

export const unparsedRoutes: Routes = async (app, { db }) => {
  app.get(
    "/v1/sources/:name/unparsed",
    withKey(db, "read", {
      operationId: "listUnparsed",
      summary: "Requests of a source that could not be parsed, latest first",
      description: "Identical requests are listed once. The latest 1,000 of a source are kept, up to 64 MiB.",
      tags: ["sources"],
      params: Type.Object({ name: Name }),
      querystring: Type.Object({ ...bookQuery, ...pageQuery }),
      response: {
        200: json("A page of requests", listOf("Unparsed"), nextLink),
        404: problem("Source not found in this book"),
      },
    }),
    async (request, reply) => {
      const { id } = await sourceOf(db, callerOf(request), request.params.name);
      const page = readPage(request.query, Cursor);
      const rows = await listUnparsed(db, id, { after: page.after, limit: page.limit + 1 });
      return answerPage(reply, page, rows, {
        toItem: unparsedToWire,
        cursorOf: (row) => ({ at: row.lastAt.getTime(), id: row.id }),
      });
    },
  );

  app.get(
    "/v1/sources/:name/unparsed/:id",
    withKey(db, "read", {
      operationId: "getUnparsed",
      summary: "One request that could not be parsed, with its headers and body",
      tags: ["sources"],
      params: ofOne,
      response: { 200: json("The request", ref("Unparsed")), 404: noRequest },
    }),
    async (request) => {
      const { id } = await sourceOf(db, callerOf(request), request.params.name);
      const row = orNotFound(await findUnparsed(db, id, request.params.id), noRequest.description);
      const { headers, query, body } = row;
      return { ...unparsedToWire(row), headers, query, body };
    },
  );

  app.delete(
    "/v1/sources/:name/unparsed/:id",
    withKey(db, "write", {
      operationId: "dropUnparsed",
      summary: "Delete an unparsed request",
      tags: ["sources"],
      params: ofOne,
      response: { 204: empty("The request is deleted"), 404: noRequest },
    }),
    async (request, reply) => {
      const { id } = await sourceOf(db, callerOf(request), request.params.name);
      const isDropped = await dropUnparsed(db, id, request.params.id);
      if (!isDropped) throw new Problem("not-found", noRequest.description);
      return reply.code(204).send(null);
    },
  );
};

function unparsedToWire(row: UnparsedRow): Static<typeof Unparsed> {
  const { id, contentType, size, times, firstAt, lastAt, problem: answered } = row;
  return {
    id,
    contentType,
    size,
    times,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
    problem: answered,
  };
}
