import { Type } from "typebox";
import type { FeedHub } from "../../feed/hub.ts";
import { json } from "../../http/answers.ts";
import { bookQuery, callerOf } from "../../http/auth.ts";
import { type Routes, withKey } from "../../http/keyed-route.ts";
import { pageQuery, readLimit } from "../../http/page.ts";
import { findExtent } from "../../store/feed/extent.ts";
import { readFeed } from "../../store/feed/history.ts";
import { changeToWire } from "../../wire/book/changes.ts";
import { ref } from "../../wire/shapes.ts";
import { afterQuery, assertWithin, expired, lastEventId } from "./feed-cursor.ts";
import { streamFeed, wantsStream } from "./feed-stream.ts";

export const feedRoutes: Routes<{ readonly hub: FeedHub }> = async (app, { db, hub }) => {
  app.get(
    "/v1/feed",
    withKey(db, "read", {
      operationId: "readFeed",
      summary: "Changes in the order they were made",
      description:
        "Begin with `after=0`, store `next`, and send it as the next `after`: you get every change once, in order, and `sequence` has no gaps. GET /v1/feed/stream sends changes as they are made, and so does this operation if `Accept` is text/event-stream.",
      tags: ["feed"],
      headers: Type.Object(lastEventId),
      querystring: Type.Object({ ...afterQuery, limit: pageQuery.limit, ...bookQuery }),
      response: { 200: json("The next changes; an empty list at the end", ref("FeedPage")), 410: expired },
    }),
    async (request, reply) => {
      const { after = 0, limit } = request.query;
      if (wantsStream(request)) {
        await streamFeed(request, reply, { db, hub, after: request.headers["last-event-id"] ?? after });
        return;
      }
      const { id } = callerOf(request).book;
      const rows = await readFeed(db, id, { after, limit: readLimit(limit) });
      assertWithin(await findExtent(db, id), after);
      const items = rows.map(changeToWire);
      return { items, next: items.at(-1)?.sequence ?? after };
    },
  );
};
