import { type Static, Type } from "typebox";
import { v7 as uuidv7 } from "uuid";
import { dialectOf } from "../../dialects/dialects.ts";
import { empty, json, problem } from "../../http/answers.ts";
import { callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { invalidField, Problem } from "../../http/problem.ts";
import { Id, Name } from "../../json/parts.ts";
import { sourceOf } from "../../sources/book-sources.ts";
import {
  addSourceSecret,
  deleteSourceSecret,
  listSourceSecrets,
  type SourceSecretRow,
} from "../../store/sources/secrets.ts";
import { makeSigningSecret } from "../../vault/vault.ts";
import type { Outbound } from "../../webhooks/outbound.ts";
import type { SourceSecret } from "../../wire/calls/source-secrets.ts";
import { listOf, ref } from "../../wire/shapes.ts";
import { requireVault } from "../subscriptions/subscription-input.ts";

const params = Type.Object({ name: Name });
const noSource = problem("Source not found in this book");
const daySeconds = 86_400;

/** The secrets that sign the requests of a source. */
export const sourceSecretRoutes: Routes<{ readonly outbound: Outbound }> = async (app, { db, outbound }) => {
  app.post(
    "/v1/sources/:name/secrets",
    withKey(db, "admin", {
      operationId: "addSourceSecret",
      summary: "Add a secret for the signatures of a source, replacing the previous one",
      description:
        "If `secret` is omitted, sipbook creates one and shows it in this response only. The previous secret stays valid for " +
        "a day, or for `keepPreviousSeconds`, so that no request is refused in the meantime; at most two are valid at once. " +
        "For platforms with their own secret, send that: the auth token of Twilio, the public key of Telnyx.",
      tags: ["sources"],
      params,
      body: Type.Optional(Type.Union([ref("SourceSecretInput"), Type.Null()])),
      response: {
        201: json("The secret; with its text if sipbook created it", ref("SourceSecret")),
        404: noSource,
        409: problem("SIPBOOK_SECRET_KEY is not set"),
      },
    }),
    async (request, reply) => {
      const source = await sourceOf(db, callerOf(request), request.params.name);
      const { secret: given, keepPreviousSeconds = daySeconds } = request.body ?? {};
      const fault = dialectOf(source).signing.findSecretFault(given);
      if (fault !== null) throw invalidField("/secret", fault);
      const vault = requireVault(outbound);
      const id = uuidv7();
      const secret = given ?? makeSigningSecret();
      const row = await addSourceSecret(
        db,
        source.id,
        { id, sealed: vault.seal(secret, id) },
        keepPreviousSeconds,
      );
      return reply.code(201).send({ ...secretToWire(row), ...(given === undefined ? { secret } : {}) });
    },
  );

  app.get(
    "/v1/sources/:name/secrets",
    withKey(db, "admin", {
      operationId: "listSourceSecrets",
      summary: "The valid secrets of a source, newest first",
      description: "Without their text.",
      tags: ["sources"],
      params,
      response: { 200: json("At most two secrets", listOf("SourceSecret")), 404: noSource },
    }),
    async (request) => {
      const source = await sourceOf(db, callerOf(request), request.params.name);
      return { items: (await listSourceSecrets(db, source.id)).map(secretToWire), next: null };
    },
  );

  app.delete(
    "/v1/sources/:name/secrets/:id",
    withKey(db, "admin", {
      operationId: "deleteSourceSecret",
      summary: "Delete a secret at once",
      tags: ["sources"],
      params: Type.Object({ name: Name, id: Id }),
      response: {
        204: empty("Requests signed with it are refused from now on"),
        404: problem("Secret not found for this source"),
      },
    }),
    async (request, reply) => {
      const source = await sourceOf(db, callerOf(request), request.params.name);
      const found = await deleteSourceSecret(db, source.id, request.params.id);
      if (!found) throw new Problem("not-found", "Secret not found for this source");
      return reply.code(204).send(null);
    },
  );
};

function secretToWire({ id, createdAt, expiresAt }: SourceSecretRow): Static<typeof SourceSecret> {
  return { id, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
}
