import { Type } from "typebox";
import { empty, json, location, nextLink, problem } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
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

/** The receivers of webhooks. */
export const subscriptionRoutes: Routes<SubscriptionDeps> = async (app, deps) => {
  const { db, outbound } = deps;

  app.post(
    "/v1/subscriptions",
    withKey(db, "admin", {
      operationId: "createSubscription",
      summary: "Post changes to a URL",
      description:
        "Only this response contains the secret that signs the messages. With `after`, earlier changes are delivered too; " +
        "without it, delivery begins with the next change. The URL must not lead to a private IP address, unless the " +
        "operator allows it.",
      tags: ["subscriptions"],
      body: ref("SubscriptionInput"),
      response: {
        201: json("The new subscription, with its secret", ref("Subscription"), location),
        409: problem("SIPBOOK_SECRET_KEY is not set, or the book already has 100 subscriptions"),
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
      summary: "The subscriptions of the book with their lag, oldest first",
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
      // A subscription that was deleted in the meantime has no lag.
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
      summary: "One subscription with its lag",
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
        "An enabled subscription continues where it stopped, and pending deliveries are retried at once. A new URL also " +
        "retries them at once.",
      tags: ["subscriptions"],
      params,
      body: ref("SubscriptionPatch"),
      response: { 200: json("The subscription as it is now", ref("Subscription")), 404: noSubscription },
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
      summary: "Delete a subscription",
      description: "Its deliveries are deleted too. A message in flight may still arrive.",
      tags: ["subscriptions"],
      params,
      response: { 204: empty("The subscription is deleted"), 404: noSubscription },
    }),
    async (request, reply) => {
      const found = await deleteSubscription(db, callerOf(request).book.id, request.params.id);
      if (!found) throw new Problem("not-found", "Subscription not found in this book");
      return reply.code(204).send(null);
    },
  );
};
