import { Type } from "typebox";
import { v7 as uuidv7 } from "uuid";
import { json, problem } from "../../http/answers.ts";
import { callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { Id } from "../../json/parts.ts";
import { replayFrom, rotateSecret } from "../../store/subscriptions/changes.ts";
import { findSubscription } from "../../store/subscriptions/subscriptions.ts";
import { makeSigningSecret } from "../../vault/vault.ts";
import { buildSigner, pingBody } from "../../webhooks/message.ts";
import { openSecrets } from "../../webhooks/secrets.ts";
import { ref } from "../../wire/shapes.ts";
import { checkSequence, requireVault } from "./subscription-input.ts";
import { noSubscription, orNoSubscription, show, wake } from "./subscription-show.ts";
import type { SubscriptionDeps } from "./subscriptions.ts";

const params = Type.Object({ id: Id });
const daySeconds = 86_400;

/** Rotate the secret, ping and replay. */
export const subscriptionCommandRoutes: Routes<SubscriptionDeps> = async (app, deps) => {
  const { db, outbound } = deps;

  app.post(
    "/v1/subscriptions/:id/rotate",
    withKey(db, "admin", {
      operationId: "rotateSecret",
      summary: "Replace the secret",
      description:
        "The previous secret signs as well for a day, or for `overlapSeconds`: until then messages have two signatures.",
      tags: ["subscriptions"],
      params,
      body: Type.Optional(Type.Union([ref("Rotation"), Type.Null()])),
      response: {
        200: json("The subscription, with its new secret", ref("Subscription")),
        404: noSubscription,
        409: problem("SIPBOOK_SECRET_KEY is not set"),
      },
    }),
    async (request) => {
      const { id } = request.params;
      const vault = requireVault(outbound);
      const secret = makeSigningSecret();
      const overlapSeconds = request.body?.overlapSeconds ?? daySeconds;
      const sealed = { secret: vault.seal(secret, id), overlapSeconds };
      const row = await rotateSecret(db, callerOf(request).book.id, id, sealed);
      if (row?.state === "active") await wake(deps, id);
      return { ...(await show(deps, row)), secret };
    },
  );

  app.post(
    "/v1/subscriptions/:id/ping",
    withKey(db, "admin", {
      operationId: "pingSubscription",
      summary: "Send a test message now",
      description: "Sends a signed `sipbook.ping` and returns the result. The subscription does not change.",
      tags: ["subscriptions"],
      params,
      response: { 200: json("The result", ref("Ping")), 404: noSubscription },
    }),
    async (request) => {
      const row = orNoSubscription(await findSubscription(db, callerOf(request).book.id, request.params.id));
      const now = new Date();
      const isKept = row.previousUntil !== null && row.previousUntil > now;
      const sealed = { ...row, previousSecret: isKept ? row.previousSecret : null };
      const secrets = openSecrets(outbound.vault, sealed);
      if (secrets === null) return { ok: false, status: null, error: "secret-unreadable", ms: 0 };
      const body = pingBody(row.id, now);
      const message = buildSigner(secrets).sign({ id: `ping_${uuidv7()}`, at: now, body });
      const channel = outbound.sender.open(row.url);
      try {
        const { outcome, ms } = await channel.send(message);
        return outcome.kind === "answered"
          ? { ok: outcome.status >= 200 && outcome.status < 300, status: outcome.status, error: null, ms }
          : { ok: false, status: null, error: outcome.fault, ms };
      } finally {
        channel.close();
      }
    },
  );

  app.post(
    "/v1/subscriptions/:id/replay",
    withKey(db, "admin", {
      operationId: "replaySubscription",
      summary: "Deliver all changes after a sequence again",
      description:
        "In order, with the current filters, and with the same `webhook-id` as before, so that a receiver can skip known " +
        "ids. A paused or disabled subscription waits until it is enabled.",
      tags: ["subscriptions"],
      params,
      body: ref("Replay"),
      response: {
        200: json("The subscription, which is now behind the book", ref("Subscription")),
        404: noSubscription,
      },
    }),
    async (request) => {
      const { book } = callerOf(request);
      const { id } = request.params;
      const { since } = request.body;
      const before = orNoSubscription(await findSubscription(db, book.id, id));
      await checkSequence(db, book.id, { pointer: "/since", value: since }, Number(before.cursor));
      const row = await replayFrom(db, book.id, id, since);
      if (row?.state === "active") await wake(deps, row.id);
      return show(deps, row);
    },
  );
};
