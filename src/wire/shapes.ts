import { type Static, Type } from "typebox";
import { Nullable } from "../json/parts.ts";
import { Change, FeedPage, WebhookMessage } from "./book/changes.ts";
import { Address, AddressInput, Contact, ContactInput, ContactPatch, ContactPut } from "./book/contacts.ts";
import { GoneAddress } from "./book/exports.ts";
import { Import, ImportRow } from "./book/imports.ts";
import { resolveShapes } from "./book/resolve.ts";
import { eventShapes } from "./calls/events.ts";
import { sourceSecretShapes } from "./calls/source-secrets.ts";
import { sourceTestShapes } from "./calls/source-test.ts";
import { sourceShapes } from "./calls/sources.ts";
import { unparsedShapes } from "./calls/unparsed.ts";
import { Book, BookInput, BookPatch } from "./service/books.ts";
import { Key, KeyInput } from "./service/keys.ts";
import { Backlog, Readiness } from "./service/operations.ts";
import { ProblemShape } from "./service/problem.ts";
import { subscriptionShapes } from "./service/subscriptions.ts";

export type ShapeName = keyof typeof shapes;

/** A reference to a named shape, so that openapi.yaml contains the shape once. */
export const ref = <N extends ShapeName>(name: N) =>
  Type.Unsafe<Static<(typeof shapes)[N]>>({ $ref: `${name}#` });
/** One page of a list; `next` is the cursor of the next page. */
export const listOf = <N extends ShapeName>(name: N) =>
  Type.Object({ items: Type.Array(ref(name)), next: Nullable(Type.String()) });

/** The shapes by their names in openapi.yaml. */
export const shapes = {
  Address,
  AddressInput,
  Backlog,
  Book,
  BookInput,
  BookPatch,
  Change,
  Contact,
  ContactInput,
  ContactPatch,
  ContactPut,
  ...eventShapes,
  FeedPage,
  GoneAddress,
  Import,
  ImportRow,
  Key,
  KeyInput,
  Problem: ProblemShape,
  Readiness,
  ...resolveShapes,
  ...sourceShapes,
  ...sourceSecretShapes,
  ...sourceTestShapes,
  WebhookMessage,
  ...subscriptionShapes,
  ...unparsedShapes,
} as const;
