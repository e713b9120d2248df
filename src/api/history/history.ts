import { Type } from "typebox";
import { json, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { answerPage, pageQuery, readPage, rowsOf } from "../../http/page.ts";
import { orNotFound } from "../../http/problem.ts";
import { defined } from "../../json/defined.ts";
import { Id, Name, Time, Uri } from "../../json/parts.ts";
import { findContact } from "../../store/contacts/contacts.ts";
import { type ChangeRow, findChange, listChanges } from "../../store/feed/history.ts";
import { ChangeKind, changeToWire } from "../../wire/book/changes.ts";
import { listOf, ref } from "../../wire/shapes.ts";
import { readRange } from "../contacts/address-query.ts";

const Cursor = Type.Object({ sequence: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) });
const pageOfChanges = json("A page of changes", listOf("Change"), nextLink);
const asItem = {
  toItem: changeToWire,
  cursorOf: ({ sequence }: ChangeRow) => ({ sequence: Number(sequence) }),
};

export const historyRoutes: Routes = async (app, { db }) => {
  app.get(
    "/v1/history",
    withKey(db, "read", {
      operationId: "listHistory",
      summary: "Every change of the book, newest first",
      tags: ["history"],
      querystring: Type.Object({
        contact: Type.Optional(Id),
        uri: Type.Optional({
          ...Uri,
          description: "The address before or after, in any equivalent spelling",
        }),
        source: Type.Optional(Name),
        kind: Type.Optional(ChangeKind),
        from: Type.Optional({ ...Time, description: "When the change was made, inclusive" }),
        to: Type.Optional({ ...Time, description: "When the change was made, exclusive" }),
        ...bookQuery,
        ...pageQuery,
      }),
      response: { 200: pageOfChanges },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const { contact: contactId, source, kind } = request.query;
      const filter = defined({ contactId, source, kind, ...readRange(request.query) });
      const rows = await listChanges(db, callerOf(request).book.id, filter, rowsOf(page, "sequence"));
      return answerPage(reply, page, rows, asItem);
    },
  );

  app.get(
    "/v1/contacts/:id/history",
    withKey(db, "read", {
      operationId: "listContactHistory",
      summary: "Every change of one contact, newest first, even if it is archived",
      tags: ["history"],
      params: Type.Object({ id: Id }),
      querystring: Type.Object({ ...bookQuery, ...pageQuery }),
      response: { 200: pageOfChanges, 404: problem("Contact not found in this book") },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const bookId = callerOf(request).book.id;
      const contact = await findContact(db, bookId, request.params.id, { gone: true });
      const { id: contactId } = orNotFound(contact, "Contact not found in this book");
      const rows = await listChanges(db, bookId, { contactId }, rowsOf(page, "sequence"));
      return answerPage(reply, page, rows, asItem);
    },
  );

  app.get(
    "/v1/history/:id",
    withKey(db, "read", {
      operationId: "getChange",
      summary: "One change, with its cause",
      tags: ["history"],
      params: Type.Object({ id: Id }),
      response: { 200: json("The change", ref("Change")), 404: problem("Change not found in this book") },
    }),
    async (request) => {
      const change = await findChange(db, callerOf(request).book.id, request.params.id);
      return changeToWire(orNotFound(change, "Change not found in this book"));
    },
  );
};
