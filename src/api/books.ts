import { type Static, Type } from "typebox";
import { json, nextLink, problem } from "../http/answers.ts";
import { bookQuery } from "../http/auth.ts";
import { type Routes, withKey } from "../http/keyed-route.ts";
import { answerPage, pageQuery, readPage, rowsOf } from "../http/page.ts";
import { orNotFound, Problem } from "../http/problem.ts";
import { Name } from "../json/parts.ts";
import { type BookRow, changeBook, createBook, listBooks } from "../store/books.ts";
import { type Book } from "../wire/service/books.ts";
import { listOf, ref } from "../wire/shapes.ts";

const Cursor = Type.Object({ name: Name });

export const bookRoutes: Routes = async (app, { db }) => {
  app.post(
    "/v1/books",
    withKey(db, "admin", {
      operationId: "createBook",
      summary: "Create a book",
      description:
        "The book has a source for each dialect, with the name of the dialect. Admin keys use the book with `?book=`.",
      tags: ["books"],
      body: ref("BookInput"),
      response: { 201: json("The new book", ref("Book")), 409: problem("A book with this name exists") },
    }),
    async (request, reply) => {
      const { name, emptyContact = "archive", importRemovalShare } = request.body;
      const policy = importRemovalShare === undefined ? {} : { importRemovalShare };
      const book = await createBook(db, { name, emptyContact, ...policy });
      if (book === null) throw new Problem("conflict", `A book named ${name} exists`);
      return reply.code(201).send(bookToWire(book));
    },
  );

  app.patch(
    "/v1/books/:name",
    withKey(db, "admin", {
      operationId: "changeBook",
      summary: "Change the policy of a book",
      tags: ["books"],
      params: Type.Object({ name: Name }),
      body: ref("BookPatch"),
      response: { 200: json("The book as it is now", ref("Book")), 404: problem("Book not found") },
    }),
    async (request) => {
      const book = await changeBook(db, request.params.name, request.body);
      return bookToWire(orNotFound(book, "Book not found"));
    },
  );

  app.get(
    "/v1/books",
    withKey(db, "admin", {
      operationId: "listBooks",
      summary: "All books, by name",
      tags: ["books"],
      querystring: Type.Object({ ...bookQuery, ...pageQuery }),
      response: { 200: json("A page of books", listOf("Book"), nextLink) },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const rows = await listBooks(db, rowsOf(page, "name"));
      return answerPage(reply, page, rows, { toItem: bookToWire, cursorOf: ({ name }) => ({ name }) });
    },
  );
};

function bookToWire(row: BookRow): Static<typeof Book> {
  return { ...row, createdAt: row.createdAt.toISOString() };
}
