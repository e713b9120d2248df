import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import { json, location, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { answerPage, CursorId, pageQuery, readPage, rowsOf } from "../../http/page.ts";
import { orNotFound, Problem } from "../../http/problem.ts";
import { defined } from "../../json/defined.ts";
import { Id } from "../../json/parts.ts";
import { type Queue, ring } from "../../queue/queue.ts";
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
const noImport = problem("Import not found in this book");

/** Received imports: their state, their rows, and the commands to proceed and to undo. */
export const importRoutes: Routes<{ readonly queue: Queue }> = async (app, { db, queue }) => {
  const find = async (bookId: string, id: string): Promise<ImportRecord> =>
    orNotFound(await findImport(db, bookId, id), noImport.description);
  const goOn = async (reply: FastifyReply, bookId: string, id: string) => {
    ring(queue, [id], app.log);
    reply.code(202).header("location", `/v1/imports/${id}`);
    return importToWire(await find(bookId, id));
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
      summary: "The effect of each row of an import, in the order of the file",
      description:
        "After the rows of the file come the archived contacts that the file does not contain. A row with the outcome " +
        "`conflict` was not undone, because the contact changed after the import.",
      tags: ["imports"],
      params: Type.Object({ id: Id }),
      querystring: Type.Object({
        outcome: Type.Optional(ImportOutcomeCode),
        warned: Type.Optional(
          Type.Boolean({ description: "Only accepted rows with a warning, such as an unreadable number" }),
        ),
        ...bookQuery,
        ...pageQuery,
      }),
      response: { 200: json("A page of rows", listOf("ImportRow"), nextLink), 404: noImport },
    }),
    async (request, reply) => {
      const { id } = await find(callerOf(request).book.id, request.params.id);
      const { outcome, warned: isWarned = false } = request.query;
      const page = readPage(request.query, RowCursor);
      const rows = await listImportRows(db, id, defined({ outcome, isWarned }), rowsOf(page, "row"));
      return answerPage(reply, page, rows, { toItem: importRowToWire, cursorOf: ({ row }) => ({ row }) });
    },
  );

  app.post(
    "/v1/imports/:id/proceed",
    withKey(db, "write", {
      operationId: "proceedWithImport",
      summary: "Apply a checked import that waits",
      description:
        "For an import that stopped because it would remove more than the policy of the book allows, or that was a dry " +
        "run (`validateOnly`). It is applied to the current state of the book, with all its removals.",
      tags: ["imports"],
      params: Type.Object({ id: Id }),
      response: {
        202: json("The import continues", ref("Import"), location),
        404: noImport,
        409: problem("The import is not waiting"),
      },
    }),
    async (request, reply) => {
      const bookId = callerOf(request).book.id;
      const { id, state } = await find(bookId, request.params.id);
      if (!(await proceedWithImport(db, bookId, id))) {
        throw new Problem(
          "import-state",
          `The import is ${state}: only a checked or stopped import can proceed, for ${keptDays} days`,
        );
      }
      return goOn(reply, bookId, id);
    },
  );

  app.post(
    "/v1/imports/:id/undo",
    withKey(db, "write", {
      operationId: "undoImport",
      summary: "Undo a whole import",
      description:
        "In the background, last rows first; a running import is stopped. Contacts that it created are archived, addresses " +
        "get their previous values, archived contacts are restored. Rows that changed since stay and count as conflicts.",
      tags: ["imports"],
      params: Type.Object({ id: Id }),
      response: {
        202: json("The import is being undone", ref("Import"), location),
        404: noImport,
        409: problem("Nothing was applied, the rows are no longer kept, or the import is already undone"),
      },
    }),
    async (request, reply) => {
      const { book, key } = callerOf(request);
      const { id, state } = await find(book.id, request.params.id);
      if (!(await startUndo(db, book.id, id, key.name))) throw nothingToUndo(state);
      return goOn(reply, book.id, id);
    },
  );
};

function nothingToUndo(state: ImportRecord["state"]): Problem {
  if (state === "undone" || state === "undoing") {
    return new Problem(
      "already-undone",
      `The import is ${state}, and an undo cannot be undone: import the file again`,
    );
  }
  if (state === "done") {
    return new Problem(
      "import-state",
      `An import can be undone for ${keptDays} days; after that its rows are deleted`,
    );
  }
  return new Problem("import-state", `The import is ${state}: nothing was applied`);
}
