import { type Static, Type } from "typebox";
import { empty, json, nextLink, problem } from "../http/answers.ts";
import { bookQuery, callerOf } from "../http/auth.ts";
import { type Routes, withKey } from "../http/keyed-route.ts";
import { answerPage, CursorId, pageQuery, readPage, rowsOf } from "../http/page.ts";
import { invalidField, Problem } from "../http/problem.ts";
import { Id } from "../json/parts.ts";
import { openSource } from "../sources/book-sources.ts";
import type { Database } from "../store/client.ts";
import { createKey, type KeyRow, listKeys, revokeKey } from "../store/keys.ts";
import type { Key } from "../wire/service/keys.ts";
import { listOf, ref } from "../wire/shapes.ts";

const Cursor = Type.Object({ id: CursorId });

export const keyRoutes: Routes = async (app, { db }) => {
  app.post(
    "/v1/keys",
    withKey(db, "admin", {
      operationId: "createKey",
      summary: "Create a key",
      description: "Only this response contains the secret of the key.",
      tags: ["keys"],
      body: ref("KeyInput"),
      response: { 201: json("The new key", ref("Key")) },
    }),
    async (request, reply) => {
      const { book } = callerOf(request);
      const { name, scopes, source, expiresAt } = request.body;
      const { key, secret } = await createKey(db, book.id, {
        name,
        scopes,
        sourceId: await findSourceId(db, book.id, scopes.includes("ingest"), source ?? null),
        expiresAt: expiresAt == null ? null : new Date(expiresAt),
      });
      return reply.code(201).send({ ...keyToWire(key), key: secret });
    },
  );

  app.get(
    "/v1/keys",
    withKey(db, "admin", {
      operationId: "listKeys",
      summary: "The keys of the book, oldest first",
      tags: ["keys"],
      querystring: Type.Object({ ...bookQuery, ...pageQuery }),
      response: { 200: json("A page of keys", listOf("Key"), nextLink) },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const rows = await listKeys(db, callerOf(request).book.id, rowsOf(page, "id"));
      return answerPage(reply, page, rows, { toItem: keyToWire, cursorOf: ({ id }) => ({ id }) });
    },
  );

  app.delete(
    "/v1/keys/:id",
    withKey(db, "admin", {
      operationId: "revokeKey",
      summary: "Revoke a key",
      description:
        "The key stays in the list, and is refused from now on. Revoking it again changes nothing.",
      tags: ["keys"],
      params: Type.Object({ id: Id }),
      response: { 204: empty("The key is revoked"), 404: problem("Key not found in this book") },
    }),
    async (request, reply) => {
      const found = await revokeKey(db, callerOf(request).book.id, request.params.id);
      if (!found) throw new Problem("not-found", "Key not found in this book");
      return reply.code(204).send(null);
    },
  );
};

/** A key with the scope `ingest` has exactly one source, every other key has none. */
async function findSourceId(
  db: Database,
  bookId: string,
  isIngest: boolean,
  name: string | null,
): Promise<string | null> {
  if (isIngest && name === null) throw invalidField("/source", "is required with the scope ingest");
  if (!isIngest && name !== null) throw invalidField("/source", "is allowed with the scope ingest only");
  if (name === null) return null;
  const source = await openSource(db, bookId, name);
  if (source === null) throw invalidField("/source", "must be the name of a source of the book");
  return source.id;
}

function keyToWire(row: KeyRow): Static<typeof Key> {
  return {
    id: row.id,
    name: row.name,
    scopes: [...row.scopes],
    source: row.source?.name ?? null,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
