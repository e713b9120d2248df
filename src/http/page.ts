import type { FastifyReply } from "fastify";
import { type Static, type TSchema, Type } from "typebox";
import { Check } from "typebox/value";
import { Problem } from "./problem.ts";

const largestPage = 500;

/** For the query of every list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, default: 50, description: "Items on a page; above 500 counts as 500" }),
  ),
  cursor: Type.Optional(
    Type.String({
      maxLength: 1024,
      description: "`next` of the page before. Opaque, and of the same list only",
    }),
  ),
};

/** For cursors: a UUID that PostgreSQL takes. */
export const CursorId = Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" });

export interface Page<C> {
  readonly limit: number;
  /** What the page before ended with, null for the first page. */
  readonly after: C | null;
}

/** The page that a query asks for. Throws invalid-input for a cursor that is none of this list's. */
export function readPage<S extends TSchema>(
  query: { readonly limit?: number; readonly cursor?: string },
  schema: S,
): Page<Static<S>> {
  const limit = readLimit(query.limit);
  return { limit, after: query.cursor === undefined ? null : readCursor(query.cursor, schema) };
}

export function readLimit(limit: number = 50): number {
  return Math.min(limit, largestPage);
}

function readCursor<S extends TSchema>(text: string, schema: S): Static<S> {
  const cursor = parseJson(Buffer.from(text, "base64url").toString());
  if (!Check(schema, cursor)) {
    throw new Problem("invalid-input", "The cursor is not one that this list gave", {
      errors: [{ pointer: "/query/cursor", detail: "must be `next` of a page of this list" }],
    });
  }
  return cursor;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Cuts rows, of which there is one more than the page takes if there is a next page, and links that page. */
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
