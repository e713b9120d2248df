/** Every problem that the API answers with, by its stable type (RFC 9457). */
const catalogue = {
  "malformed-request": [400, "The request cannot be read"],
  "malformed-json": [400, "The body is not JSON"],
  "invalid-input": [422, "The input does not have the shape that this call takes"],
  unauthenticated: [401, "A key is needed"],
  forbidden: [403, "The key does not allow this"],
  "not-found": [404, "There is no such thing"],
  "not-acceptable": [406, "This call cannot answer in the types that are asked for"],
  "method-not-allowed": [405, "This address does not take this method"],
  "contact-archived": [410, "The contact is archived"],
  conflict: [409, "Something with this name exists already"],
  "event-conflict": [409, "The source reported another event under this id"],
  "change-conflict": [409, "The address changed since"],
  "already-undone": [409, "The change is undone already"],
  "stale-assertion": [409, "A newer assertion stands"],
  "version-mismatch": [412, "The contact changed since it was read"],
  "too-large": [413, "The body is too large"],
  "unsupported-media-type": [415, "The body has a type that this call does not take"],
  "secret-key-missing": [409, "The service has no key to keep secrets with"],
  "limit-reached": [409, "There are as many as there can be"],
  "file-unreadable": [422, "The file cannot be read"],
  "import-state": [409, "The import is not in a state that allows this"],
  "too-many-uploads": [429, "Too many files are coming in"],
  "not-retryable": [409, "Only a failed event can be retried"],
  "feed-expired": [410, "The feed cannot go on from this sequence"],
  "source-paused": [503, "The source is paused"],
  "too-many-streams": [503, "This process has as many streams as it takes"],
  "database-away": [503, "The database is away"],
  fault: [500, "This is our fault"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemType = keyof typeof catalogue;

export const problemTypes = Object.keys(catalogue);

/** One place of the body that is at fault; `pointer` is a JSON Pointer (RFC 6901), "" being the whole body. */
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

/** What the wire carries as application/problem+json. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly FieldError[];
  readonly links?: Readonly<Record<string, string>>;
  readonly next?: number;
}

/** What the caller did wrong, or has to wait for. Thrown in `receive/` and `api/` only. */
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

  /** The same problem, with links beside those that it has. */
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
      ...(errors === undefined ? {} : { errors }),
      ...(links === undefined ? {} : { links }),
      ...(next === undefined ? {} : { next }),
    };
  }
}
