import { Type } from "typebox";
import { problem } from "../../http/answers.ts";
import { Problem } from "../../http/problem.ts";
import type { FeedExtent } from "../../store/feed/extent.ts";

const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const afterQuery = {
  after: Type.Optional({ ...Sequence, default: 0, description: "The sequence to go on from" }),
};

/** For the headers of what streams. */
export const lastEventId = {
  "last-event-id": Type.Optional({
    ...Sequence,
    description: "The sequence to go on from, for a stream; wins over `after`",
  }),
};

export const expired = problem(
  "The changes that follow are no longer kept, or the book has none so far (it was restored to an older state): read everything anew, as `links` say, and go on from `next`",
);

/** Throws feed-expired where a reader at `after` would miss changes, or wait for what it had already. */
export function assertWithin({ trimmedTo, last }: FeedExtent, after: number): void {
  if (after >= trimmedTo && after <= last) return;
  const detail =
    after < trimmedTo
      ? `The changes up to ${trimmedTo} are no longer kept, and you have those up to ${after}`
      : `The book has changes up to ${last} only, and you have those up to ${after}: it is not the book that it was`;
  throw new Problem("feed-expired", `${detail}. Read everything anew and go on from ${last}`, {
    links: {
      contacts: "/v1/contacts?include=gone",
      export: "/v1/exports/contacts?format=ndjson&state=all",
      feed: `/v1/feed?after=${last}`,
    },
    next: last,
  });
}
