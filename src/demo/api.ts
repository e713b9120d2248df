import { type Static, type TSchema, Type } from "typebox";
import { Check } from "typebox/value";
import { Verdict } from "../schemas/events.ts";
import { Address, Change } from "../schemas.ts";

// The demo is a client like any other: it knows the service by its answers only, and of these what it shows.

export const Contact = Type.Object({
  id: Type.String(),
  name: Type.String(),
  addresses: Type.Array(Address),
});
export const Contacts = Type.Object({ items: Type.Array(Contact) });
export const Events = Type.Object({
  items: Type.Array(Type.Object({ id: Type.String(), verdict: Type.Union([Verdict, Type.Null()]) })),
});
export const Feed = Type.Object({ items: Type.Array(Change) });
export const Key = Type.Object({ key: Type.String() });
export const Receipts = Type.Object({
  events: Type.Tuple([
    Type.Object({ id: Type.String(), state: Type.String(), verdict: Type.Optional(Verdict) }),
  ]),
});
export { Change };

export interface Api {
  /** Rejects where the answer is no success, or not of the shape. */
  get<S extends TSchema>(path: string, shape: S): Promise<Static<S>>;
  post<S extends TSchema>(path: string, body: unknown, shape: S): Promise<Static<S>>;
  /** The same service with another key. */
  as(key: string): Api;
}

/** Calls the service at `origin`. Every call ends at once when the signal comes. */
export function openApi(origin: string, key: string, signal: AbortSignal): Api {
  async function call<S extends TSchema>(path: string, init: RequestInit, shape: S): Promise<Static<S>> {
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      prefer: "wait=10",
    };
    const response = await fetch(origin + path, { ...init, headers, signal });
    const body: unknown = await response.json();
    if (response.ok && Check(shape, body)) return body;
    throw new Error(`${init.method} ${path} answered ${response.status}: ${JSON.stringify(body)}`);
  }
  return {
    get: (path, shape) => call(path, { method: "GET" }, shape),
    post: (path, body, shape) => call(path, { method: "POST", body: JSON.stringify(body) }, shape),
    as: (other) => openApi(origin, other, signal),
  };
}
