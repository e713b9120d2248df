import type { FastifyReply } from "fastify";
import { type Static, type TSchema, Type } from "typebox";
import { Check } from "typebox/value";
import { parseJson } from "../json/parse.ts";
import { Problem } from "./problem.ts";

const maxPageSize = 500;

/** The query parameters of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, default: 50, description: "Items per page; more than 500 counts as 500" }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 1024,
      description: "`next` of the previous page. Opaque, and valid for the same list only",
    }),
  ),
};

/** For cursors: a UUID that PostgreSQL accepts. */
export const CursorId = Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" });

interface Page<C> {
  readonly limit: number;
  /** The cursor of the last item on the previous page; null for the first page. */
  readonly after: C | null;
}

/** Reads the requested page from the query. Throws invalid-input for a cursor of another list. */
export function readPage<S extends TSchema>(
  query: { readonly limit?: number; readonly cursor?: string },
  schema: S,
): Page<Static<S>> {
  const limit = readLimit(query.limit);
  return { limit, after: query.cursor === undefined ? null : readCursor(query.cursor, schema) };
}

/** What a store's list takes: the rows after the cursor, one more than the page, so that a next page shows. */
export function rowsOf<C extends object, F extends keyof C>({ after, limit }: Page<C>, field: F) {
  return { after: after === null ? null : after[field], limit: limit + 1 };
}

export function readLimit(limit: number = 50): number {
  return Math.min(limit, maxPageSize);
}

function readCursor<S extends TSchema>(text: string, schema: S): Static<S> {
  const cursor = parseJson(Buffer.from(text, "base64url").toString());
  if (!Check(schema, cursor)) {
    throw new Problem("invalid-input", "The cursor does not belong to this list", {
      errors: [{ pointer: "/query/cursor", detail: "must be `next` of a page of this list" }],
    });
  }
  return cursor;
}

/** Cuts `rows` to the page and links the next page. If there is a next page, `rows` has one more row than `limit`. */
export function answerPage<Row, Item, C>(
  reply: FastifyReply,
  { limit }: Page<C>,
  rows: readonly Row[],
  { toItem, cursorOf }: { readonly toItem: (row: Row) => Item; readonly cursorOf: (row: Row) => C },
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last === undefined ? null : Buffer.from(JSON.stringify(cursorOf(last))).toString("base64url");
  if (next !== null) reply.header("link", `<${linkTo(reply.request.url, next)}>; rel="next"`);
  return { items: shown.map(toItem), next };
}

function linkTo(url: string, cursor: string): string {
  const link = new URL(url, "http://localhost");
  link.searchParams.set("cursor", cursor);
  return link.pathname + link.search;
}
