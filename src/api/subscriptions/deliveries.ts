import { Type } from "typebox";
import { json, nextLink } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { answerPage, pageQuery, readPage, rowsOf } from "../../http/page.ts";
import { Id } from "../../json/parts.ts";
import { listDeliveries } from "../../store/subscriptions/deliveries.ts";
import { findSubscription } from "../../store/subscriptions/subscriptions.ts";
import { listOf, shapes } from "../../wire/shapes.ts";
import { noSubscription, orNoSubscription } from "./subscription-show.ts";
import { deliveryToWire } from "./subscription-wire.ts";

const Cursor = Type.Object({ sequence: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) });

/** The deliveries of a subscription. */
export const deliveryRoutes: Routes = async (app, { db }) => {
  app.get(
    "/v1/subscriptions/:id/deliveries",
    withKey(db, "read", {
      operationId: "listDeliveries",
      summary: "Deliveries and the responses to them, newest first",
      description:
        "Each with its latest 12 attempts. Finished deliveries are kept for 7 days, and at most 10,000 of them.",
      tags: ["subscriptions"],
      params: Type.Object({ id: Id }),
      querystring: Type.Object({
        state: Type.Optional(shapes.Delivery.properties.state),
        ...bookQuery,
        ...pageQuery,
      }),
      response: { 200: json("A page of deliveries", listOf("Delivery"), nextLink), 404: noSubscription },
    }),
    async (request, reply) => {
      const { id } = request.params;
      orNoSubscription(await findSubscription(db, callerOf(request).book.id, id));
      const page = readPage(request.query, Cursor);
      const rows = await listDeliveries(db, id, request.query.state, rowsOf(page, "sequence"));
      return answerPage(reply, page, rows, {
        toItem: deliveryToWire,
        cursorOf: ({ sequence }) => ({ sequence: Number(sequence) }),
      });
    },
  );
};
