import { createHash } from "node:crypto";
import { type Static, Type } from "typebox";
import { empty, json } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { Problem } from "../../http/problem.ts";
import { Uri } from "../../json/parts.ts";
import { identifyAddress } from "../../sip/uri.ts";
import { resolveAddresses } from "../../store/resolve/resolve.ts";
import { answerToWire, evidenceToWire } from "../../wire/book/resolve.ts";
import { ref, type shapes } from "../../wire/shapes.ts";
import { readAddress } from "../contacts/address-query.ts";
import { matchesTag } from "../contacts/etag.ts";

/** How long a dialer may cache a response: addresses rarely move in that time. */
const freshForSeconds = 30;

const cached = {
  ETag: { type: "string", description: "A hash of the response" },
  "Cache-Control": { type: "string", description: "How long this caller may cache the response" },
} as const;

export const resolveRoutes: Routes = async (app, { db }) => {
  app.get(
    "/v1/resolve",
    withKey(db, "read", {
      operationId: "resolveAddress",
      summary: "Look up the current address before you dial",
      description:
        "For any address: those in the book, and others if calls have reported about them. Dial `current`.",
      tags: ["resolve"],
      querystring: Type.Object({
        uri: { ...Uri, description: "The address, in any equivalent spelling" },
        ...bookQuery,
      }),
      response: {
        200: json("The current address and how it got there", ref("Resolution"), cached),
        304: empty("Not modified: the ETag is in If-None-Match"),
      },
    }),
    async (request, reply) => {
      const asked = readAddress(request.query.uri);
      const [answer] = await resolveAddresses(db, callerOf(request).book.id, [asked]);
      if (answer === undefined) throw new Error("An address has no resolution");
      const body = answerToWire(asked, answer);
      const etag = etagOf(body);
      reply.headers({ etag, "cache-control": `private, max-age=${freshForSeconds}`, vary: "Authorization" });
      const known = matchesTag(request.headers["if-none-match"] ?? "", etag);
      return known ? reply.code(304).send(null) : reply.send(body);
    },
  );

  app.post(
    "/v1/resolve",
    withKey(db, "read", {
      operationId: "resolveAddresses",
      summary: "Look up to 500 addresses at once",
      description:
        "One item for each URI, in order. An invalid address gets the answer `invalid` and a `problem`.",
      tags: ["resolve"],
      body: ref("ResolveInput"),
      response: { 200: json("One resolution for each URI", ref("Resolutions")) },
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
          if (value === undefined) throw new Error("An address has no resolution");
          return answerToWire({ uri, key: identity.key }, value);
        }),
      };
    },
  );
};

/** A strong ETag (RFC 9110 8.8.3): the hash covers the whole body. */
function etagOf(body: Static<typeof shapes.Resolution>): string {
  return `"${createHash("sha256").update(JSON.stringify(body)).digest("base64url").slice(0, 27)}"`;
}

/** The item for an invalid address, at its position in the list. */
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
