import { type TSchema, Type } from "typebox";
import { ref } from "../wire/shapes.ts";

type Headers = Readonly<Record<string, { readonly type: "string"; readonly description: string }>>;

/** An answer with a JSON body, for a route's `response`. */
export const json = <S extends TSchema>(description: string, schema: S, headers?: Headers) => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { "application/json": { schema } },
});

/** An answer without a body. */
export const empty = (description: string) => Type.Null({ description });

/** A failure, as application/problem+json. */
export const problem = (description: string, headers?: Headers) => ({
  description,
  ...(headers === undefined ? {} : { headers }),
  content: { "application/problem+json": { schema: ref("Problem") } },
});

const retryAfter = { "Retry-After": { type: "string", description: "Seconds" } } as const;

/** The failures that many calls share, by their names in components.responses. */
export const commonFailures = {
  MalformedRequest: problem("The request cannot be read"),
  Unauthenticated: problem("No key, or one that is unknown, expired or revoked", {
    "WWW-Authenticate": { type: "string", description: "Bearer and Basic" },
  }),
  Forbidden: problem("The key does not have the scope, or is of another book"),
  TooLarge: problem("The body is larger than 4 MiB"),
  UnsupportedMediaType: problem("The body is of a type that this call does not take"),
  InvalidInput: problem(
    "The input does not have the shape that this call takes; `errors` points at each place",
  ),
  Fault: problem("A fault of ours; the detail names the request"),
  DatabaseAway: problem("The database is away: try again after Retry-After", retryAfter),
};

/** What every call can fail with. */
export const failures = { 400: commonFailures.MalformedRequest, 500: commonFailures.Fault };

/** What every call with a key can fail with. */
export const keyed = {
  ...failures,
  401: commonFailures.Unauthenticated,
  403: commonFailures.Forbidden,
  422: commonFailures.InvalidInput,
  503: commonFailures.DatabaseAway,
};

/** For what takes reports. */
export const awayOrPaused = problem(
  "The database is away, or the source is paused: send it again after Retry-After",
  retryAfter,
);

/** What every call with a JSON body can fail with. */
export const bodied = { 413: commonFailures.TooLarge, 415: commonFailures.UnsupportedMediaType };

export const nextLink = {
  Link: { type: "string", description: 'The following page, as `<...>; rel="next"`; absent on the last' },
} as const;
export const location = {
  Location: { type: "string", description: "Where the new thing is" },
} as const;
