import { type Static, Type } from "typebox";
import { empty, json, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { answerPage, CursorId, pageQuery, readPage, rowsOf } from "../../http/page.ts";
import { orNotFound, Problem } from "../../http/problem.ts";
import { defined } from "../../json/defined.ts";
import { Id, TextOf, Uri } from "../../json/parts.ts";
import {
  type ContactFilter,
  type ContactRow,
  findContact,
  listContacts,
} from "../../store/contacts/contacts.ts";
import { contactToWire } from "../../wire/book/contacts.ts";
import { listOf, ref } from "../../wire/shapes.ts";
import { readAddressKey } from "./address-query.ts";
import { etagOf, matchesTag } from "./etag.ts";

const Cursor = Type.Object({ id: CursorId });

export const includeQuery = {
  include: Type.Optional(
    Type.Literal("gone", {
      type: "string",
      description:
        "Includes gone addresses, and contacts that are archived because their last address is gone",
    }),
  ),
};

const ListQuery = Type.Object({
  uri: Type.Optional({ ...Uri, description: "A visible address, in any equivalent spelling" }),
  q: Type.Optional({ ...TextOf(200, 1), description: "Any part of the name, in any case" }),
  externalId: Type.Optional(TextOf(256, 1)),
  archived: Type.Optional(
    Type.Boolean({ description: "`true`: only archived contacts; `false`: only the others" }),
  ),
  ...includeQuery,
  ...bookQuery,
  ...pageQuery,
});

export const etag = { ETag: { type: "string", description: "The version of the contact" } } as const;

export const contactRoutes: Routes = async (app, { db }) => {
  app.get(
    "/v1/contacts",
    withKey(db, "read", {
      operationId: "listContacts",
      summary: "Find contacts, oldest first",
      description:
        "A contact must match all conditions. Archived contacts are omitted without `include=gone` or `archived`.",
      tags: ["contacts"],
      querystring: ListQuery,
      response: { 200: json("A page of contacts", listOf("Contact"), nextLink) },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const rows = await listContacts(
        db,
        callerOf(request).book.id,
        filterOf(request.query),
        rowsOf(page, "id"),
      );
      return answerPage(reply, page, rows, { toItem: contactToWire, cursorOf: ({ id }) => ({ id }) });
    },
  );

  app.get(
    "/v1/contacts/:id",
    withKey(db, "read", {
      operationId: "getContact",
      summary: "One contact with its addresses",
      tags: ["contacts"],
      params: Type.Object({ id: Id }),
      querystring: Type.Object({ ...includeQuery, ...bookQuery }),
      response: {
        200: json("The contact", ref("Contact"), etag),
        304: empty("Not modified: the ETag is in If-None-Match"),
        404: problem("Contact not found in this book"),
        410: problem("The contact is archived; `links.history` shows why"),
      },
    }),
    async (request, reply) => {
      const gone = request.query.include === "gone";
      const found = await findContact(db, callerOf(request).book.id, request.params.id, { gone });
      const contact = orNotFound(found, "Contact not found in this book");
      if (contact.archivedAt !== null && !gone) throw archived(contact);
      reply.header("etag", etagOf(contact));
      const known = matchesTag(request.headers["if-none-match"] ?? "", etagOf(contact));
      return known ? reply.code(304).send(null) : reply.send(contactToWire(contact));
    },
  );
};

function filterOf(query: Static<typeof ListQuery>): ContactFilter {
  const { uri, q, externalId, archived: isArchived = query.include === "gone" ? undefined : false } = query;
  const key = uri === undefined ? undefined : readAddressKey(uri);
  return defined({ gone: query.include === "gone", key, namePart: q, externalId, archived: isArchived });
}

export function archived({ id, archivedAt }: Pick<ContactRow, "id" | "archivedAt">): Problem {
  return new Problem("contact-archived", `The contact was archived at ${archivedAt?.toISOString()}`, {
    links: { history: `/v1/contacts/${id}/history` },
  });
}
