import { type TSchema, Type } from "typebox";
import { ref } from "../wire/shapes.ts";

type Headers = Readonly<Record<string, { readonly type: "string"; readonly description: string }>>;

/** A response with a JSON body, for a route's `response`. */
export const json = <S extends TSchema>(description: string, schema: S, headers?: Headers) => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { "application/json": { schema } },
});

/** A response without a body. */
export const empty = (description: string) => Type.Null({ description });

/** A failure, as application/problem+json. */
export const problem = (description: string, headers?: Headers) => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { "application/problem+json": { schema: ref("Problem") } },
});

export const retryAfter = {
  "Retry-After": { type: "string", description: "Seconds to wait before the retry" },
} as const;

/** Failures that many operations share, by their names in components.responses. */
export const commonFailures = {
  MalformedRequest: problem("The request cannot be read"),
  Unauthenticated: problem("The key is missing, unknown, expired or revoked", {
    "WWW-Authenticate": { type: "string", description: "`Bearer` and `Basic`" },
  }),
  Forbidden: problem("The key lacks the scope, or belongs to another book"),
  TooLarge: problem("The body is larger than 4 MiB"),
  UnsupportedMediaType: problem("This operation does not accept the media type of the body"),
  InvalidInput: problem("The input is invalid; `errors` points to each fault"),
  Fault: problem("Internal error; `detail` contains the request id to look for in the log"),
  DatabaseAway: problem("The database is unavailable: retry after Retry-After", retryAfter),
};

/** Failures of every operation. */
export const failures = { 400: commonFailures.MalformedRequest, 500: commonFailures.Fault };

/** Failures of every operation that needs a key. */
export const keyed = {
  ...failures,
  401: commonFailures.Unauthenticated,
  403: commonFailures.Forbidden,
  422: commonFailures.InvalidInput,
  503: commonFailures.DatabaseAway,
};

/** For operations that receive reports. */
export const awayOrPaused = problem(
  "The database is unavailable, or the source is paused: send the report again after Retry-After",
  retryAfter,
);

/** Failures of every operation with a JSON body. */
export const bodied = { 413: commonFailures.TooLarge, 415: commonFailures.UnsupportedMediaType };

export const nextLink = {
  Link: { type: "string", description: 'The next page, as `<...>; rel="next"`; absent on the last page' },
} as const;
export const location = {
  Location: { type: "string", description: "URL of the resource" },
} as const;
