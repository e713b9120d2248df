import { Type } from "typebox";
import { Change } from "../../wire/book/changes.ts";
import { Address } from "../../wire/book/contacts.ts";
import { Verdict } from "../../wire/calls/events.ts";
import { openRest, type Rest } from "../rest.ts";

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

export interface Api extends Rest {
  /** The same service with another key. */
  as(key: string): Api;
}

/** Calls the service at `origin`, and waits for verdicts. Every call ends at once when the signal comes. */
export const openApi = (origin: string, key: string, signal: AbortSignal): Api => ({
  ...openRest(origin, key, signal, { prefer: "wait=10" }),
  as: (other) => openApi(origin, other, signal),
});
