import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Static, Type } from "typebox";
import { Problem } from "../problem.ts";
import { type Book, listOf, Name, ref } from "../schemas.ts";
import { type BookRow, createBook, listBooks } from "../store/books.ts";
import type { Database } from "../store/client.ts";
import { bodied, json, keyed, nextLink, problem } from "./answers.ts";
import { bookQuery, requireScope } from "./auth.ts";
import { answerPage, pageQuery, readPage } from "./page.ts";

const Cursor = Type.Object({ name: Name });

export const bookRoutes: FastifyPluginAsyncTypebox<{ db: Database }> = async (app, { db }) => {
  app.post(
    "/v1/books",
    {
      onRequest: requireScope(db, "admin"),
      schema: {
        operationId: "createBook",
        summary: "Make a book",
        description: "It has a source named after each dialect. Admin keys reach it with `?book=`.",
        tags: ["books"],
        querystring: Type.Object(bookQuery),
        body: ref("BookInput"),
        response: {
          201: json("The new book", ref("Book")),
          ...keyed,
          ...bodied,
          409: problem("There is a book of this name"),
        },
      },
    },
    async (request, reply) => {
      const { name, emptyContact = "archive" } = request.body;
      const book = await createBook(db, { name, emptyContact });
      if (book === null) throw new Problem("conflict", `There is a book named ${name}`);
      return reply.code(201).send(bookToWire(book));
    },
  );

  app.get(
    "/v1/books",
    {
      onRequest: requireScope(db, "admin"),
      schema: {
        operationId: "listBooks",
        summary: "All books, by name",
        tags: ["books"],
        querystring: Type.Object({ ...bookQuery, ...pageQuery }),
        response: { 200: json("A page of books", listOf("Book"), nextLink), ...keyed },
      },
    },
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const rows = await listBooks(db, { after: page.after?.name ?? null, limit: page.limit + 1 });
      return answerPage(reply, page, rows, { toItem: bookToWire, cursorOf: ({ name }) => ({ name }) });
    },
  );
};

function bookToWire(row: BookRow): Static<typeof Book> {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
