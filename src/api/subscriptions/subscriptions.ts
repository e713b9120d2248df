import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { empty, json, location, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { withKey } from "../../http/keyed-route.ts";
import { answerPage, CursorId, pageQuery, readPage, rowsOf } from "../../http/page.ts";
import { Problem } from "../../http/problem.ts";
import { Id } from "../../json/parts.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Database } from "../../store/client.ts";
import { changeSubscription } from "../../store/subscriptions/changes.ts";
import {
  createSubscription,
  deleteSubscription,
  findSubscription,
  lagOf,
  listSubscriptions,
  makeSubscriptionId,
} from "../../store/subscriptions/subscriptions.ts";
import { makeSigningSecret } from "../../vault/vault.ts";
import type { Outbound } from "../../webhooks/outbound.ts";
import { listOf, ref } from "../../wire/shapes.ts";
import { checkSequence, checkSources, checkUrl, requireVault } from "./subscription-input.ts";
import { noSubscription, show, wake } from "./subscription-show.ts";
import { subscriptionToWire } from "./subscription-wire.ts";

const Cursor = Type.Object({ id: CursorId });
const params = Type.Object({ id: Id });

export interface SubscriptionDeps {
  readonly db: Database;
  readonly queue: Queue;
  readonly outbound: Outbound;
}

/** Who is told of changes by webhooks. */
export const subscriptionRoutes: FastifyPluginAsyncTypebox<SubscriptionDeps> = async (app, deps) => {
  const { db, outbound } = deps;

  app.post(
    "/v1/subscriptions",
    withKey(db, "admin", {
      operationId: "createSubscription",
      summary: "Have changes posted to a URL",
      description:
        "The answer is the only place where the secret is shown that signs the messages. `after` begins with changes " +
        "that were made already; left out, with the next one. The URL may not lead to a private address, unless the " +
        "operator allows it.",
      tags: ["subscriptions"],
      body: ref("SubscriptionInput"),
      response: {
        201: json("The new subscription, with its secret", ref("Subscription"), location),
        409: problem("The service has no SIPBOOK_SECRET_KEY, or the book has a hundred subscriptions"),
      },
    }),
    async (request, reply) => {
      const { book } = callerOf(request);
      const { name, url, kinds = [], sources = [], after } = request.body;
      const vault = requireVault(outbound);
      await checkUrl(outbound, url);
      await checkSources(db, book.id, sources);
      await checkSequence(db, book.id, { pointer: "/after", value: after });
      const id = makeSubscriptionId();
      const secret = makeSigningSecret();
      const fields = { id, name, url, kinds, sources, secret: vault.seal(secret, id), cursor: after ?? null };
      const row = await createSubscription(db, book.id, fields);
      if (row === null) throw new Problem("limit-reached", "A book has at most 100 subscriptions");
      await wake(deps, id);
      const shown = await show(deps, row);
      return reply
        .code(201)
        .header("location", `/v1/subscriptions/${id}`)
        .send({ ...shown, secret });
    },
  );

  app.get(
    "/v1/subscriptions",
    withKey(db, "read", {
      operationId: "listSubscriptions",
      summary: "The subscriptions of the book, oldest first, and how far each is",
      tags: ["subscriptions"],
      querystring: Type.Object({ ...bookQuery, ...pageQuery }),
      response: { 200: json("A page of subscriptions", listOf("Subscription"), nextLink) },
    }),
    async (request, reply) => {
      const page = readPage(request.query, Cursor);
      const rows = await listSubscriptions(db, callerOf(request).book.id, rowsOf(page, "id"));
      const lags = await lagOf(
        db,
        rows.map(({ id }) => id),
      );
      // One that was deleted meanwhile is no longer behind.
      const present = rows.flatMap((row) => {
        const lag = lags.get(row.id);
        return lag === undefined ? [] : [{ row, lag }];
      });
      return answerPage(reply, page, present, {
        toItem: ({ row, lag }) => subscriptionToWire(row, lag, outbound.vault),
        cursorOf: ({ row }) => ({ id: row.id }),
      });
    },
  );

  app.get(
    "/v1/subscriptions/:id",
    withKey(db, "read", {
      operationId: "getSubscription",
      summary: "One subscription, and how far it is",
      tags: ["subscriptions"],
      params,
      response: { 200: json("The subscription", ref("Subscription")), 404: noSubscription },
    }),
    async (request) => {
      return show(deps, await findSubscription(db, callerOf(request).book.id, request.params.id));
    },
  );

  app.patch(
    "/v1/subscriptions/:id",
    withKey(db, "admin", {
      operationId: "changeSubscription",
      summary: "Change, pause or enable a subscription",
      description:
        "Enabled, it goes on where it stopped, and what waits is tried anew and at once; so it is with another URL.",
      tags: ["subscriptions"],
      params,
      body: ref("SubscriptionPatch"),
      response: {
        200: json("The subscription as it is now", ref("Subscription")),
        404: noSubscription,
      },
    }),
    async (request) => {
      const { book } = callerOf(request);
      await checkUrl(outbound, request.body.url);
      await checkSources(db, book.id, request.body.sources);
      const row = await changeSubscription(db, book.id, request.params.id, request.body);
      if (row?.state === "active") await wake(deps, row.id);
      return show(deps, row);
    },
  );

  app.delete(
    "/v1/subscriptions/:id",
    withKey(db, "admin", {
      operationId: "deleteSubscription",
      summary: "End a subscription",
      description: "Its log goes with it. A message that is under way may still arrive.",
      tags: ["subscriptions"],
      params,
      response: { 204: empty("It is gone"), 404: noSubscription },
    }),
    async (request, reply) => {
      const found = await deleteSubscription(db, callerOf(request).book.id, request.params.id);
      if (!found) throw new Problem("not-found", "The book has no such subscription");
      return reply.code(204).send(null);
    },
  );
};
