import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifySwaggerUiOptions } from "@fastify/swagger-ui";
import packageJson from "../../package.json" with { type: "json" };
import { type ShapeName, shapes } from "../wire/shapes.ts";
import { signatureSecurity } from "../wire/signatures.ts";
import { examples } from "./examples.ts";
import { shareResponses } from "./shared-responses.ts";
import { webhooks } from "./webhooks.ts";

const tags = {
  contacts: "The address book: contacts and their addresses",
  events: "What the PBXs reported, and what came of it",
  resolve: "Where an address went: ask before you dial",
  history: "Every change, with its cause",
  exports: "The book as a file",
  feed: "Changes in order, for systems that follow the book",
  subscriptions: "Webhooks: changes posted to systems that would rather be told than ask",
  imports: "Files of contacts, each one operation: checked, applied, listed, undone",
  sources: "The PBXs and trunks that send events",
  books: "Address books, one for each tenant",
  keys: "Who may call",
  operations: "The service itself",
};

const meanings: Readonly<Record<string, string>> = {
  Address:
    "One address of a contact as it is now. `assertedUri` is what a person or an import last said, `uri` what calls made of it since.",
  AddressInput:
    "An address to set. `id` names one that is there. `assertedAt` says since when it is known to be right: calls before that moment no longer count.",
  Backlog:
    "What waits to be done. `pendingEvents` is counted up to 100,000; a queue that does not answer is null.",
  Book: "An address book: one tenant's contacts, sources and history.",
  BookInput:
    "`emptyContact` says what becomes of a contact whose last address is gone; an import that removes more than `importRemovalShare` of the active addresses, or 20 where that is more, stops.",
  BookPatch: "What is left out stays.",
  Change:
    "One row of history. `before` is null where an address is new; both are null where the change is about the contact itself.",
  Contact: "A person or a thing, with the addresses that are shown. `version` is also its ETag.",
  ContactInput: "A contact to make.",
  ContactPatch: "What is left out stays. `addresses` replaces the list: an address left out is removed.",
  ContactPut: "A contact under an external id, which stands in the path.",
  Delivery:
    "One change for one subscription, with its latest tries. `webhookId` is the header `webhook-id`, the same at each try and each replay.",
  Event: "A call outcome as a source reported it. `verdict` is null while it waits to be decided.",
  EventInput:
    "A call outcome. Header values are verbatim, `expires` is in seconds. `id` or `callId` is needed, so that a repeated report counts once.",
  FeedPage: "Changes in order; `next` is the sequence to go on from.",
  GoneAddress:
    "An address that is not to be called any more, and the latest change that says so; null where that is not on record.",
  Import:
    "An import as it is now. `counts` and `addresses` say what it would do, and from `applying` on what it did; `stopped` says why it waits.",
  ImportRow:
    "What a row of a file does, or did. `problems` are in it as it stands, or came up against the book.",
  Key: "A key without its secret. `key` is there once, in the answer that makes it.",
  KeyInput: "`source` goes with the scope `ingest` and no other: the one source that the key speaks for.",
  Outcome: "What an event came to on one address. `changeId` is the change that it made, if any.",
  Ping: "What a test message came to. `ok` is true for an answer 2xx.",
  Problem:
    "A failure (RFC 9457). `type` is stable, `detail` is for people, `errors` points into the input. `next`, with `feed-expired`, is the sequence to follow the feed from after a full read.",
  Readiness: "What the service leans on, each by itself.",
  Mapping:
    "Where a body has what an event needs (docs/pbx/generic.md). A place is a JSON Pointer where it begins with a slash, else the name of a form's field. `constants` hold of every body. `codes` say which status a value means; without them it is a code by itself, with its phrase or with SIP in front. `clock` is how `occurredAt` is written: `whole-seconds` counts as the end of that second. Bodies of which a condition in `when` does not hold are ignored; null stands for nothing.",
  Receipts: "One receipt for each event, in the order in which they came.",
  Resolution:
    "Where an address went. `current` is what to dial: the address itself where it is `active`, the new one where it `moved`, null otherwise. `basis` says who tells so: contacts of the `book`, or `calls` alone. `to` of a hop is null where a call ended in 410. `contacts` are those that have or had the address; `moreContacts` where there are others.",
  Resolutions: "One item for each uri, in the order in which they were asked for.",
  ResolveInput: "Addresses in any spelling. What is none is answered in its place.",
  Replay: "Everything after the sequence `since` is delivered, again where it was before.",
  Rotation: "For so long the former secret signs as well; 0 ends it at once.",
  Source: "A PBX or trunk that sends events, in a dialect. While it is paused its reports are answered 503.",
  SourceActivity:
    "What a source sent of late. `lastHour` and `lastDay` count its events by verdict and by when they happened, the newest 100,000 of a day (`isCapped`). `ignored` and `rejected` count what is no event, by the reason. `clock` is measured on the last 100 events: a report takes its time, so the clock is ahead by at least, or behind by at most, so much; null where no event had a time of its own. `silence` is unusual from ten usual pauses on, and ten minutes.",
  SourceInput:
    "`mode` is `immediate` (one event acts) or `observe` (events are recorded and change nothing). `mapping` goes with the dialect `generic`. The dialect `hep` begins in `observe`, and is `immediate` only with `trustedPath`: an operator's word that nobody else reaches the port.",
  SourcePatch: "What is left out stays.",
  SourceTest:
    "What a request would become: `events`, or the `reason` why it tells of none, or the `problem` that its sender would be answered.",
  SourceTestEvent:
    "An event in our words, and what it would come to now. `occurredAt` is null where the PBX tells no time: that of the receipt would count. `judgement` is what it may do by its own rules, `verdict` what it would do in the book. Of a duplicate, `verdict` is that of the event which is kept. `problem` is there where the event would be rejected.",
  SourceSecret:
    "A secret that signs for a source, without its text. `secret` is there once, in the answer that makes it. `expiresAt` is null until another takes its place.",
  SourceSecretInput:
    "Without `secret` one is made. For so long the former one counts as well; 0 ends it at once. At least 16 characters, or what the platform gave you.",
  Subscription:
    "Who is told of changes, and how far: deliveries are made up to the sequence `after`, `behind` changes wait beyond it, and `pending` deliveries wait to be sent. `secret` is there once, in the answer that makes it.",
  SubscriptionInput:
    "`kinds` and `sources` let through what they name, and everything where they are left out or empty. Deliveries begin after the sequence `after`, or with the next change.",
  SubscriptionPatch:
    "What is left out stays. `active` enables again, from where it stopped; new filters hold for changes that no delivery was made of yet.",
  Try: "One sending: the status that came back, or why none did.",
  Unparsed:
    "A request of a source that could not be understood, as it came; the same one again is counted. `problem` is what its sender was answered.",
  UnparsedReplay:
    "What a request comes to that is read again: `receipts` of its events, the `reason` why it tells of none, or the `problem` that it still has.",
  UnparsedReplays:
    "How many requests were read again, by what they came to, and what became of their events. `next` is where to go on; null at the end.",
  Verdict: "What became of an event, by which rule, and why in words.",
  WebhookMessage: "What is posted for a change: `data` is the change as the feed shows it.",
} satisfies Record<ShapeName, string>;

/** For `addSchema`: every named shape under its name, with what it means and an example. */
export const describedShapes = Object.entries(shapes).map(([name, shape]) =>
  Object.assign({ $id: name, description: meanings[name], examples: [examples[name]] }, shape),
);

export const description: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "sipbook",
      version: packageJson.version,
      description: packageJson.description,
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The service that gave you this document" }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    security: [{ bearer: [] }, { basic: [] }],
    webhooks,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A key of sipbook" },
        basic: { type: "http", scheme: "basic", description: "A key as the password, with any user name" },
        ...signatureSecurity,
      },
    },
  },
  transformObject: shareResponses,
  convertConstToEnum: false,
  refResolver: {
    clone: true,
    buildLocalReference: (shape, _base, _fragment, index) =>
      typeof shape["$id"] === "string" ? shape["$id"] : `Shape${index}`,
  },
};

/** Swagger UI from our own files: no other host is asked for anything. */
export const docs: FastifySwaggerUiOptions = {
  routePrefix: "/docs",
  uiConfig: { validatorUrl: null, deepLinking: true },
  staticCSP: {
    "default-src": "'self'",
    "img-src": ["'self'", "data:"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
  },
};
