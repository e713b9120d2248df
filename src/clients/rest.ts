import { setTimeout as sleep } from "node:timers/promises";
import type { Static, TSchema } from "typebox";
import { Type } from "typebox";
import { Check } from "typebox/value";
import { parseJson } from "../json/parse.ts";

/** sipbook refused a request, or something else answered it. The message is for the user of the command. */
export class RestError extends Error {}

const ProblemBody = Type.Object({
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
});

/** A GET that is answered with 503 is sent again after its Retry-After, at most this often. */
const maxRetries = 5;

export interface Answer {
  readonly status: number;
  /** Null if it is not JSON. */
  readonly body: unknown;
}

interface RawPost {
  readonly contentType: string;
  readonly body: string;
  readonly query?: Readonly<Record<string, string>>;
}

/** A running sipbook, seen with a key. Callers describe only the fields of an answer that they read. */
export interface Rest {
  /** Rejects with RestError if the status is not 2xx or the body has another shape. */
  get<S extends TSchema>(path: string, shape: S): Promise<Static<S>>;
  post<S extends TSchema>(path: string, body: unknown, shape: S): Promise<Static<S>>;
  /** Posts a body of any type; resolves whatever the status is. */
  send(path: string, sent: RawPost, wait: boolean): Promise<Answer>;
  /** The same service with another key. */
  as(key: string): Rest;
}

/** Calls the service at `origin`, with `headers` each time. The signal aborts every call. */
export function openRest(
  origin: string,
  key: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Rest {
  const call = (path: string, more: Readonly<Record<string, string>>, body: string | null = null) => {
    const method = body === null ? "GET" : "POST";
    const all = { authorization: `Bearer ${key}`, ...headers, ...more };
    return reach(origin + path, { method, body, headers: all, signal });
  };
  return {
    get: async (path, shape) => {
      for (let retries = 0; ; retries += 1) {
        const response = await call(path, {});
        const retryAfter = response.headers.get("retry-after");
        const isFinal = response.status !== 503 || retryAfter === null || retries === maxRetries;
        if (isFinal) return readAs(shape, path, await answerOf(response));
        await sleep(Number(retryAfter) * 1000, undefined, { signal });
      }
    },
    post: async (path, input, shape) => {
      const response = await call(path, { "content-type": "application/json" }, JSON.stringify(input));
      return readAs(shape, path, await answerOf(response));
    },
    send: async (path, { contentType, body, query }, wait) => {
      const search = new URLSearchParams(query).toString();
      const prefer = wait ? { prefer: "wait=10" } : {};
      return answerOf(await call(`${path}?${search}`, { "content-type": contentType, ...prefer }, body));
    },
    as: (other) => openRest(origin, other, signal, headers),
  };
}

/** The body of a 2xx answer; for any other a RestError that names the request. */
export function readAs<S extends TSchema>(shape: S, path: string, { status, body }: Answer): Static<S> {
  if (status >= 200 && status < 300 && Check(shape, body)) return body;
  if (!Check(ProblemBody, body))
    throw new RestError(`${path}: the answer ${status} did not come from sipbook`);
  const places = (body.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer} ${detail}`);
  throw new RestError(`${path}: ${body.detail}${places.join("")}`);
}

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  body: parseJson(await response.text()) ?? null,
});

/** `fetch`, but it rejects with the cause: "fetch failed" helps nobody. */
async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  }
}
