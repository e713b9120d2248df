import { defined } from "../json/defined.ts";

/** The status and title of every problem, by its stable type (RFC 9457). */
const catalogue = {
  "malformed-request": [400, "The request cannot be read"],
  "malformed-json": [400, "The body is not valid JSON"],
  "invalid-input": [422, "Invalid input"],
  unauthenticated: [401, "A valid key is required"],
  forbidden: [403, "The key does not allow this"],
  "not-found": [404, "Not found"],
  "not-acceptable": [406, "No requested media type is available"],
  "method-not-allowed": [405, "Method not allowed"],
  "contact-archived": [410, "The contact is archived"],
  conflict: [409, "The name or id is already in use"],
  "event-conflict": [409, "The source already reported a different event with this id"],
  "change-conflict": [409, "The address has changed in the meantime"],
  "already-undone": [409, "Already undone"],
  "stale-assertion": [409, "A newer assertion exists"],
  "version-mismatch": [412, "The contact has changed since it was read"],
  "too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "Unsupported media type"],
  "secret-key-missing": [409, "SIPBOOK_SECRET_KEY is not set"],
  "limit-reached": [409, "The limit is reached"],
  "file-unreadable": [422, "The file cannot be read"],
  "import-state": [409, "The state of the import does not allow this"],
  "too-many-uploads": [429, "Too many concurrent uploads"],
  "not-retryable": [409, "Only a failed event can be retried"],
  "feed-expired": [410, "The feed no longer contains this sequence"],
  "source-paused": [503, "The source is paused"],
  "too-many-streams": [503, "Too many open streams"],
  "database-away": [503, "The database is unavailable"],
  fault: [500, "Internal error"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemType = keyof typeof catalogue;

/** One fault of the input; `pointer` is a JSON Pointer (RFC 6901), "" being the whole body. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  readonly links?: Readonly<Record<string, string>>;
  readonly next?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of an application/problem+json response. */
interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly links?: Readonly<Record<string, string>>;
  readonly next?: number;
}

/** The caller made a mistake, or has to wait. Thrown in `receive/` and `api/` only. */
export class Problem extends Error {
  readonly type: ProblemType;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  private readonly options: ProblemOptions;

  constructor(type: ProblemType, detail: string, options: ProblemOptions = {}) {
    super(detail);
    this.type = type;
    this.status = catalogue[type][0];
    this.headers = options.headers ?? {};
    this.options = options;
  }

  /** A copy with additional links. */
  withLinks(links: Readonly<Record<string, string>>): Problem {
    const all = { ...this.options.links, ...links };
    return new Problem(this.type, this.message, { ...this.options, links: all });
  }

  toBody(): ProblemBody {
    const { errors, links, next } = this.options;
    return {
      type: `urn:sipbook:problem:${this.type}`,
      title: catalogue[this.type][1],
      status: this.status,
      detail: this.message,
      ...defined({ errors, links, next }),
    };
  }
}

/** Invalid input with one fault, in the body. */
export function invalidField(pointer: string, detail: string): Problem {
  return new Problem("invalid-input", `${pointer.slice(1)} ${detail}`, { errors: [{ pointer, detail }] });
}

/** Invalid input with one fault, in the query. */
export function invalidQuery(name: string, detail: string): Problem {
  const errors = [{ pointer: `/query/${name}`, detail }];
  return new Problem("invalid-input", `The query parameter ${name} ${detail}`, { errors });
}

/** Throws not-found for null. */
export function orNotFound<T>(row: T | null, detail: string): T {
  if (row === null) throw new Problem("not-found", detail);
  return row;
}
