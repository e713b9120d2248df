import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import { changeToWire } from "../change-wire.ts";
import { json, keyed } from "../http/answers.ts";
import { bookQuery, callerOf, requireScope } from "../http/auth.ts";
import { pageQuery, readLimit } from "../http/page.ts";
import { ref } from "../schemas.ts";
import type { Database } from "../store/client.ts";
import { readFeed } from "../store/history.ts";

export const feedRoutes: FastifyPluginAsyncTypebox<{ db: Database }> = async (app, { db }) => {
  app.get(
    "/v1/feed",
    {
      onRequest: requireScope(db, "read"),
      schema: {
        operationId: "readFeed",
        summary: "Changes in the order in which they were made",
        description:
          "Begin with `after=0`, keep `next`, ask again with it as `after`: every change comes once, in order, and `sequence` has no gaps.",
        tags: ["feed"],
        querystring: Type.Object({
          after: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: Number.MAX_SAFE_INTEGER,
              default: 0,
              description: "The sequence to go on from",
            }),
          ),
          limit: pageQuery.limit,
          ...bookQuery,
        }),
        response: { 200: json("The changes that follow, none at the end", ref("FeedPage")), ...keyed },
      },
    },
    async (request) => {
      const { after = 0, limit } = request.query;
      const rows = await readFeed(db, callerOf(request).book.id, { after, limit: readLimit(limit) });
      const items = rows.map(changeToWire);
      return { items, next: items.at(-1)?.sequence ?? after };
    },
  );
};
