import type { FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { Type } from "typebox";
import { Check } from "typebox/value";
import type { EmptyContact } from "../domain/rules/policy.ts";
import { Name } from "../json/parts.ts";
import { defaultBookId, findBook } from "../store/books.ts";
import type { Database } from "../store/client.ts";
import { type FoundKey, findKey, hashSecret } from "../store/keys.ts";
import { invalidQuery, Problem } from "./problem.ts";

export type Scope = "ingest" | "read" | "write" | "admin";

/** The key of the request, and the book that the request is about. */
export interface Caller {
  readonly book: { readonly id: string; readonly name: string; readonly emptyContact: EmptyContact };
  readonly key: {
    readonly id: string;
    readonly name: string;
    readonly scopes: readonly Scope[];
    /** The only source that the key may report for; null: any source of the book. */
    readonly sourceId: string | null;
  };
}

/** For the query of every operation that needs a key. */
export const bookQuery = {
  book: Type.Optional(
    Type.String({
      description: "A book other than the key's own; for admin keys only",
      examples: ["default"],
    }),
  ),
};

const included: Readonly<Record<Scope, readonly Scope[]>> = {
  ingest: ["ingest"],
  read: ["read"],
  write: ["write", "read", "ingest"],
  admin: ["admin", "write", "read", "ingest"],
};

const callers = new WeakMap<FastifyRequest, Caller>();

/** For a route's onRequest: runs before the body is read. Throws unauthenticated, forbidden or invalid-input (`book`). */
export function requireScope(db: Database, scope: Scope): onRequestAsyncHookHandler {
  return async (request) => {
    callers.set(request, await authenticate(db, scope, request));
  };
}

/** Finds the key and the book of a request. Throws as `requireScope` does. */
export async function authenticate(
  db: Database,
  scope: Scope,
  { headers, query }: Pick<FastifyRequest, "headers" | "query">,
): Promise<Caller> {
  const key = await findValidKey(db, headers.authorization);
  if (!key.scopes.some((held) => included[held].includes(scope))) {
    throw new Problem(
      "forbidden",
      `The key has the scope ${key.scopes.join(", ")}; this operation needs ${scope}`,
    );
  }
  return { key, book: await findBookOf(db, key, query) };
}

/** The caller of a route that uses `requireScope`. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new TypeError(`${request.routeOptions.url} has no requireScope`);
  return caller;
}

/** True for an admin key or a key of the book `default`: such a caller runs the service and may read about all books. */
export const isOperator = ({ book, key }: Caller): boolean =>
  key.scopes.includes("admin") || book.id === defaultBookId;

async function findValidKey(db: Database, header: string | undefined): Promise<FoundKey> {
  const secret = readSecret(header);
  if (secret === null) {
    throw unauthenticated("Send Authorization: Bearer <key>, or Basic with the key as the password");
  }
  const key = await findKey(db, hashSecret(secret));
  if (key === null) throw unauthenticated("The key is unknown: check that it is complete");
  if (key.revokedAt !== null) throw unauthenticated(`The key was revoked at ${key.revokedAt.toISOString()}`);
  if (key.expired) throw unauthenticated(`The key expired at ${key.expiresAt?.toISOString()}`);
  return key;
}

export function unauthenticated(detail: string): Problem {
  return new Problem("unauthenticated", detail, {
    headers: { "www-authenticate": 'Bearer realm="sipbook", Basic realm="sipbook", charset="UTF-8"' },
  });
}

/** RFC 6750 2.1 and RFC 7617. A PBX that supports only Basic may send any user name. */
function readSecret(header: string | undefined): string | null {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S.*)$/i.exec(header ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
      return value;
    case "basic": {
      const login = loginOf(header) ?? "";
      const colon = login.indexOf(":");
      return colon === -1 || colon === login.length - 1 ? null : login.slice(colon + 1);
    }
    default:
      return null;
  }
}

/** `user:password` of a Basic header; null for any other header. */
export function loginOf(header: string | undefined): string | null {
  const [, credentials] = /^basic +(\S.*)$/i.exec(header ?? "") ?? [];
  return credentials === undefined ? null : Buffer.from(credentials, "base64").toString();
}

async function findBookOf(db: Database, key: FoundKey, query: unknown): Promise<Caller["book"]> {
  const own = { id: key.bookId, name: key.bookName, emptyContact: key.emptyContact };
  const name = isObject(query) ? query["book"] : undefined;
  if (name === undefined || name === own.name) return own;
  if (!key.scopes.includes("admin"))
    throw new Problem("forbidden", `The key can be used for the book ${own.name} only`);
  const book = Check(Name, name) ? await findBook(db, name) : null;
  if (book !== null) return book;
  throw invalidQuery("book", "must be the name of an existing book");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
