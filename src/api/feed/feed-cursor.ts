import { Type } from "typebox";
import { problem } from "../../http/answers.ts";
import { Problem } from "../../http/problem.ts";
import type { FeedExtent } from "../../store/feed/extent.ts";

const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const afterQuery = {
  after: Type.Optional({ ...Sequence, default: 0, description: "The sequence to continue from" }),
};

/** For the headers of streams. */
export const lastEventId = {
  "last-event-id": Type.Optional({
    ...Sequence,
    description: "The sequence to continue a stream from; overrides `after`",
  }),
};

export const expired = problem(
  "The next changes are no longer kept, or the book was restored to a state before this sequence: read everything again, with `links`, and continue from `next`",
);

/** Throws feed-expired if a reader at `after` would miss changes, or is ahead of the book. */
export function assertWithin({ trimmedTo, last }: FeedExtent, after: number): void {
  if (after >= trimmedTo && after <= last) return;
  const detail =
    after < trimmedTo
      ? `Changes up to ${trimmedTo} are no longer kept, and you have read up to ${after}`
      : `The last change of the book is ${last}, and you have read up to ${after}: the book was restored to an older state`;
  throw new Problem("feed-expired", `${detail}. Read everything again and continue from ${last}`, {
    links: {
      contacts: "/v1/contacts?include=gone",
      export: "/v1/exports/contacts?format=ndjson&state=all",
      feed: `/v1/feed?after=${last}`,
    },
    next: last,
  });
}
