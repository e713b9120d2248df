import { createHash } from "node:crypto";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { type Static, Type } from "typebox";
import { empty, json } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import { Uri } from "../../json/parts.ts";
import type { Database } from "../../store/client.ts";
import { resolveAddresses } from "../../store/resolve/resolve.ts";
import { answerToWire, evidenceToWire } from "../../wire/book/resolve.ts";
import { ref, type shapes } from "../../wire/shapes.ts";
import { identifyAddress, readAddress } from "../contacts/address-query.ts";
import { matchesTag } from "../contacts/etag.ts";

/** A dialer that asks again within this time may have its own answer; a move is rarely younger than the call. */
const freshForSeconds = 30;

const cached = {
  ETag: { type: "string", description: "The same for the same answer" },
  "Cache-Control": {
    type: "string",
    description: "How long the answer may be used again, by this caller only",
  },
} as const;

export const resolveRoutes: FastifyPluginAsyncTypebox<{ db: Database }> = async (app, { db }) => {
  app.get(
    "/v1/resolve",
    withKey(db, "read", {
      operationId: "resolveAddress",
      summary: "Where an address went: ask before you dial",
      description:
        "Of addresses of the book, and of those in no contact: then what calls taught. `current` is what to dial.",
      tags: ["resolve"],
      querystring: Type.Object({
        uri: { ...Uri, description: "The address, in any equivalent spelling" },
        ...bookQuery,
      }),
      response: {
        200: json("The answer", ref("Resolution"), cached),
        304: empty("The answer is as If-None-Match says"),
      },
    }),
    async (request, reply) => {
      const asked = readAddress(request.query.uri);
      const [answer] = await resolveAddresses(db, callerOf(request).book.id, [asked]);
      if (answer === undefined) throw new Error("An address was asked for and not answered");
      const body = answerToWire(asked, answer);
      const etag = etagOf(body);
      reply.headers({
        etag,
        "cache-control": `private, max-age=${freshForSeconds}`,
        vary: "Authorization",
      });
      const known = matchesTag(request.headers["if-none-match"] ?? "", etag);
      return known ? reply.code(304).send(null) : reply.send(body);
    },
  );

  app.post(
    "/v1/resolve",
    withKey(db, "read", {
      operationId: "resolveAddresses",
      summary: "Where up to 500 addresses went, in one call",
      description:
        "One item for each uri, in order. What is no address has the answer `invalid` and a `problem` in its place.",
      tags: ["resolve"],
      body: ref("ResolveInput"),
      response: { 200: json("The answers", ref("Resolutions")) },
    }),
    async (request, reply) => {
      const read = request.body.uris.map((uri) => ({ uri, identity: identifyAddress(uri) }));
      const asked = read.flatMap(({ uri, identity }) =>
        identity.key === null ? [] : [{ uri, key: identity.key }],
      );
      const answers = (await resolveAddresses(db, callerOf(request).book.id, asked)).values();
      reply.header("cache-control", "no-store");
      return {
        items: read.map(({ uri, identity }, index) => {
          if (identity.key === null) return invalidToWire(uri, index, identity.fault);
          const { value } = answers.next();
          if (value === undefined) throw new Error("An address was asked for and not answered");
          return answerToWire({ uri, key: identity.key }, value);
        }),
      };
    },
  );
};

/** Strong (RFC 9110 8.8.3): the answer's bytes follow from what is hashed. */
function etagOf(body: Static<typeof shapes.Resolution>): string {
  return `"${createHash("sha256").update(JSON.stringify(body)).digest("base64url").slice(0, 27)}"`;
}

/** Values that are not addresses, at their position in the list. */
export function invalidToWire(uri: string, index: number, fault: string): Static<typeof shapes.Resolution> {
  const errors = [{ pointer: `/uris/${index}`, detail: fault }];
  return {
    uri,
    key: null,
    answer: "invalid",
    current: null,
    hops: [],
    contacts: [],
    moreContacts: false,
    basis: "none",
    evidence: evidenceToWire(null),
    problem: new Problem("invalid-input", `The uri ${fault}`, { errors }).toBody(),
  };
}
