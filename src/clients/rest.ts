import type { Static, TSchema } from "typebox";
import { Type } from "typebox";
import { Check } from "typebox/value";

/** The service said no, or something that is none of its answers; the message is for who gave the command. */
export class RestError extends Error {}

const Detail = Type.Object({ detail: Type.String() });

/** A running sipbook, with a key. It is known by its answers only, and of these what is looked at. */
export interface Rest {
  /** Rejects with RestError where the answer is no success, or not of the shape. */
  get<S extends TSchema>(path: string, shape: S): Promise<Static<S>>;
  post<S extends TSchema>(path: string, body: unknown, shape: S): Promise<Static<S>>;
}

/** Calls the service at `origin`, with `more` headers each time. Every call ends at once when the signal comes. */
export function openRest(
  origin: string,
  key: string,
  signal: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Rest {
  async function call<S extends TSchema>(path: string, init: RequestInit, shape: S): Promise<Static<S>> {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
    const response = await reach(origin + path, { ...init, headers, signal });
    const body = await readJson(response);
    if (response.ok && Check(shape, body)) return body;
    if (Check(Detail, body)) throw new RestError(`${path}: ${body.detail}`);
    throw new RestError(`${path}: the answer ${response.status} is none of sipbook`);
  }
  return {
    get: (path, shape) => call(path, { method: "GET" }, shape),
    post: (path, body, shape) => call(path, { method: "POST", body: JSON.stringify(body) }, shape),
  };
}

/** `fetch`, which rejects with what happened: that stands in the cause, and "fetch failed" helps nobody. */
export async function reach(url: string | URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  }
}

/** Null where the answer is no JSON. */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
