import { type Static, type TSchema, Type } from "typebox";
import { Check } from "typebox/value";
import type { Outgoing } from "../receive/dialects/translator.ts";

/** The service said no; the message is for whoever gave the command. */
export class CheckError extends Error {}

const Detail = Type.Object({ detail: Type.String() });

/** A running sipbook, with a key. */
export interface Api {
  get<S extends TSchema>(path: string, shape: S): Promise<Static<S>>;
  post<S extends TSchema>(path: string, body: unknown, shape: S): Promise<Static<S>>;
  /** What a PBX sends; whatever it is answered. */
  send(path: string, outgoing: Outgoing, wait: boolean): Promise<{ status: number; body: unknown }>;
  as(key: string): Api;
}

/** Calls the service at `origin`. Every call ends at once when the signal comes. */
export function openApi(origin: string, key: string, signal: AbortSignal): Api {
  const authorization = `Bearer ${key}`;
  async function call<S extends TSchema>(path: string, init: RequestInit, shape: S): Promise<Static<S>> {
    const headers = { authorization, "content-type": "application/json" };
    const response = await reach(origin + path, { ...init, headers, signal });
    const body = await readJson(response);
    if (response.ok && Check(shape, body)) return body;
    if (Check(Detail, body)) throw new CheckError(`${path}: ${body.detail}`);
    throw new CheckError(`${path}: the answer ${response.status} is none of sipbook`);
  }
  return {
    get: (path, shape) => call(path, { method: "GET" }, shape),
    post: (path, body, shape) => call(path, { method: "POST", body: JSON.stringify(body) }, shape),
    send: async (path, { contentType, body, query = {} }, wait) => {
      const url = new URL(origin + path);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const prefer: Record<string, string> = wait ? { prefer: "wait=10" } : {};
      const headers = { authorization, "content-type": contentType, ...prefer };
      const response = await reach(url, { method: "POST", body, headers, signal });
      return { status: response.status, body: await readJson(response) };
    },
    as: (other) => openApi(origin, other, signal),
  };
}

async function reach(url: string | URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    // What happened stands in the cause: "fetch failed" helps nobody.
    throw error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
