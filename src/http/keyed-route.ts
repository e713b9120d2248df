import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifySchema, onRequestAsyncHookHandler } from "fastify";
import { Type } from "typebox";
import type { Database } from "../store/client.ts";
import { bodied, keyed } from "./answers.ts";
import { bookQuery, requireScope, type Scope } from "./auth.ts";

/** Some routes of the API. Besides the database they get `Deps`. */
export type Routes<Deps = unknown> = FastifyPluginAsyncTypebox<{ readonly db: Database } & Deps>;

interface RouteSchema extends FastifySchema {
  readonly response: Readonly<Record<number, unknown>>;
}

/** Options of a route that needs a key: with the scope, the query `book`, and the failures that all such routes share. */
export function withKey<const S extends RouteSchema>(
  db: Database,
  scope: Scope,
  schema: S,
): { readonly onRequest: onRequestAsyncHookHandler; readonly schema: S } {
  const { querystring = Type.Object(bookQuery), body, response } = schema;
  return {
    onRequest: requireScope(db, scope),
    schema: {
      ...schema,
      querystring,
      response: { ...keyed, ...(body === undefined ? {} : bodied), ...response },
    },
  };
}
