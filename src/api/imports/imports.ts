import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { describeFault } from "../../faults/fault.ts";
import { json, location, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { withKey } from "../../http/keyed-route.ts";
import { answerPage, CursorId, pageQuery, readPage, rowsOf } from "../../http/page.ts";
import { Problem } from "../../http/problem.ts";
import { Id } from "../../json/parts.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Database } from "../../store/client.ts";
import {
  findImport,
  type ImportRecord,
  keptDays,
  listImportRows,
  listImports,
  proceedWithImport,
  startUndo,
} from "../../store/imports/imports.ts";
import { ImportOutcomeCode, importRowToWire, importToWire } from "../../wire/book/imports.ts";
import { listOf, ref } from "../../wire/shapes.ts";

const Cursor = Type.Object({ id: CursorId });
const RowCursor = Type.Object({ row: Type.Integer({ minimum: 0, maximum: 2_147_483_647 }) });
const noImport = problem("The book has no such import");

/** Imports that were received: how they stand, what each row does, and a person's word on them. */
export const importRoutes: FastifyPluginAsyncTypebox<{ db: Database; queue: Queue }> = async (
  app,
  { db, queue },
) => {
  const find = async (bookId: string, id: string): Promise<ImportRecord> => {
    const found = await findImport(db, bookId, id);
    if (found === null) throw new Problem("not-found", "The book has no such import");
    return found;
  };
  const goOn = (id: string): void => {
    queue.add([id]).catch((error: unknown) => {
      const entry = { importId: id, fault: describeFault(error) };
      app.log.debug(entry, `The queue is away: a worker will find import ${id}`);
    });
  };

  app.get(
    "/v1/imports",
    withKey(db, "read", {
      operationId: "listImports",
      summary: "Imports, newest first",
      tags: ["imports"],
      querystring: Type.Object({ ...bookQuery, ...pageQuery }),
      response: { 200: json("A page of imports", listOf("Import"), nextLink) },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const rows = await listImports(db, callerOf(request).book.id, rowsOf(page, "id"));
      return answerPage(reply, page, rows, { toItem: importToWire, cursorOf: ({ id }) => ({ id }) });
    },
  );

  app.get(
    "/v1/imports/:id",
    withKey(db, "read", {
      operationId: "getImport",
      summary: "One import, with its progress",
      tags: ["imports"],
      params: Type.Object({ id: Id }),
      response: { 200: json("The import", ref("Import")), 404: noImport },
    }),
    async (request) => importToWire(await find(callerOf(request).book.id, request.params.id)),
  );

  app.get(
    "/v1/imports/:id/rows",
    withKey(db, "read", {
      operationId: "listImportRows",
      summary: "What each row of an import does, or did, in the order of the file",
      description:
        "After the rows of the file come the contacts that it does not name, where they are archived. " +
        "`conflict` are those that an undo left as they are, since they changed after the import.",
      tags: ["imports"],
      params: Type.Object({ id: Id }),
      querystring: Type.Object({
        outcome: Type.Optional(ImportOutcomeCode),
        warned: Type.Optional(
          Type.Boolean({
            description: "Only rows that are taken with a warning, such as a number that cannot be read",
          }),
        ),
        ...bookQuery,
        ...pageQuery,
      }),
      response: {
        200: json("A page of rows", listOf("ImportRow"), nextLink),
        404: noImport,
      },
    }),
    async (request, reply) => {
      const { id } = await find(callerOf(request).book.id, request.params.id);
      const { outcome, warned: isWarned = false } = request.query;
      const page = readPage(request.query, RowCursor);
      const rows = await listImportRows(
        db,
        id,
        { ...(outcome === undefined ? {} : { outcome }), isWarned },
        rowsOf(page, "row"),
      );
      return answerPage(reply, page, rows, { toItem: importRowToWire, cursorOf: ({ row }) => ({ row }) });
    },
  );

  app.post(
    "/v1/imports/:id/proceed",
    withKey(db, "write", {
      operationId: "proceedWithImport",
      summary: "Apply an import that was checked and waits",
      description:
        "One that stopped because it removes more than the book's policy lets pass, or one that was only to be checked. " +
        "It is applied to the book as it is by then, removals and all.",
      tags: ["imports"],
      params: Type.Object({ id: Id }),
      response: {
        202: json("The import goes on", ref("Import"), location),
        404: noImport,
        409: problem("The import does not wait"),
      },
    }),
    async (request, reply) => {
      const bookId = callerOf(request).book.id;
      const { id, state } = await find(bookId, request.params.id);
      if (!(await proceedWithImport(db, bookId, id))) {
        throw new Problem(
          "import-state",
          `The import is ${state}: only one that is checked or stopped can go on, for ${keptDays} days`,
        );
      }
      goOn(id);
      return reply
        .code(202)
        .header("location", `/v1/imports/${id}`)
        .send(importToWire(await find(bookId, id)));
    },
  );

  app.post(
    "/v1/imports/:id/undo",
    withKey(db, "write", {
      operationId: "undoImport",
      summary: "Undo an import as one",
      description:
        "In the background, the last rows first; one that runs is stopped. Contacts that it made are archived, addresses " +
        "are what they were, archived contacts come back. What changed since is left, counted as a conflict, and listed.",
      tags: ["imports"],
      params: Type.Object({ id: Id }),
      response: {
        202: json("The import is being undone", ref("Import"), location),
        404: noImport,
        409: problem("There is nothing to undo, or it is undone already"),
      },
    }),
    async (request, reply) => {
      const { book, key } = callerOf(request);
      const { id, state } = await find(book.id, request.params.id);
      if (!(await startUndo(db, book.id, id, key.name))) throw nothingToUndo(state);
      goOn(id);
      return reply
        .code(202)
        .header("location", `/v1/imports/${id}`)
        .send(importToWire(await find(book.id, id)));
    },
  );
};

function nothingToUndo(state: ImportRecord["state"]): Problem {
  if (state === "undone" || state === "undoing") {
    return new Problem(
      "already-undone",
      `The import is ${state}; an undo is not undone: import the file again`,
    );
  }
  if (state === "done") {
    return new Problem(
      "import-state",
      `An import can be undone for ${keptDays} days: its rows are not kept longer`,
    );
  }
  return new Problem("import-state", `The import is ${state}: nothing of it was applied`);
}
