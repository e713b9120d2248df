import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Static, Type } from "typebox";
import { v7 as uuidv7 } from "uuid";
import { dialectOf } from "../../dialects/dialects.ts";
import { empty, json, problem } from "../../http/answers.ts";
import { callerOf } from "../../http/auth.ts";
import { withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import { Id, Name } from "../../json/parts.ts";
import { sourceOf } from "../../sources/book-sources.ts";
import type { Database } from "../../store/client.ts";
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
const noSource = problem("The book has no such source");
const daySeconds = 86_400;

/** The secrets with which a source's requests are signed. */
export const sourceSecretRoutes: FastifyPluginAsyncTypebox<{
  readonly db: Database;
  readonly outbound: Outbound;
}> = async (app, { db, outbound }) => {
  app.post(
    "/v1/sources/:name/secrets",
    withKey(db, "admin", {
      operationId: "addSourceSecret",
      summary: "A secret for the signatures of a source, in place of the former one",
      description:
        "Without `secret` one is made, and shown in this answer only. The former one counts as well for a day, or for " +
        "`keepPreviousSeconds`, so that none of the sender's requests is refused meanwhile; two count at once at most. " +
        "Platforms have secrets of their own, which are given here: the auth token of Twilio, the public key of Telnyx.",
      tags: ["sources"],
      params,
      body: Type.Optional(Type.Union([ref("SourceSecretInput"), Type.Null()])),
      response: {
        201: json("The secret; with its text where we made it", ref("SourceSecret")),
        404: noSource,
        409: problem("The service has no SIPBOOK_SECRET_KEY"),
      },
    }),
    async (request, reply) => {
      const source = await sourceOf(db, callerOf(request), request.params.name);
      const { secret: given, keepPreviousSeconds = daySeconds } = request.body ?? {};
      const fault = dialectOf(source).signing.findSecretFault(given);
      if (fault !== null) throw invalidSecret(fault);
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
      summary: "The secrets that count for a source, the newest first",
      description: "Never the secrets themselves.",
      tags: ["sources"],
      params,
      response: { 200: json("One or two, or none", listOf("SourceSecret")), 404: noSource },
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
      summary: "End a secret at once",
      tags: ["sources"],
      params: Type.Object({ name: Name, id: Id }),
      response: {
        204: empty("What it signs is refused from now on"),
        404: problem("The source has no such secret"),
      },
    }),
    async (request, reply) => {
      const source = await sourceOf(db, callerOf(request), request.params.name);
      const found = await deleteSourceSecret(db, source.id, request.params.id);
      if (!found) throw new Problem("not-found", "The source has no such secret");
      return reply.code(204).send(null);
    },
  );
};

function invalidSecret(detail: string): Problem {
  return new Problem("invalid-input", `secret ${detail}`, { errors: [{ pointer: "/secret", detail }] });
}

function secretToWire({ id, createdAt, expiresAt }: SourceSecretRow): Static<typeof SourceSecret> {
  return { id, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
}
