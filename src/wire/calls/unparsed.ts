import { type Static, Type } from "typebox";
import { Id, Nullable, OneOf, Time } from "../../json/parts.ts";
import { moment } from "../book/story.ts";
import type { Receipts } from "./events.ts";

const unparsedProblem = {
  type: "urn:sipbook:problem:invalid-input",
  title: "Invalid input",
  status: 422,
  detail: "1 problem in the body",
  errors: [{ pointer: "/uri", detail: "is required" }],
};

const ProblemRef = Type.Unsafe<unknown>({ $ref: "Problem#" });
const Texts = Type.Record(Type.String(), Type.String());

export const Unparsed = Type.Object(
  {
    id: Id,
    contentType: Type.String(),
    size: Type.Integer(),
    times: Type.Integer(),
    firstAt: Time,
    lastAt: Time,
    problem: ProblemRef,
    headers: Type.Optional(Texts),
    query: Type.Optional(Texts),
    body: Type.Optional(Type.String()),
  },
  {
    description:
      "A request of a source that sipbook could not parse. Identical requests are stored once; `times` counts them. `problem` is the response that the sender got.",
    examples: [
      {
        id: "01936d2f-3c00-7000-8000-000000000101",
        contentType: "application/json",
        size: 31,
        times: 3,
        firstAt: moment,
        lastAt: "2026-11-22T10:04:00.000Z",
        problem: unparsedProblem,
        headers: { "content-type": "application/json" },
        query: {},
        body: '{"code":410,"call_id":"a84b4c"}',
      },
    ],
  },
);

const UnparsedReplay = Type.Object(
  {
    kind: OneOf(["events", "ignored", "unparsed"]),
    /** Why it contains no event. */
    reason: Nullable(Type.String()),
    /** Why it still cannot be parsed. */
    problem: Nullable(ProblemRef),
    receipts: Nullable(Type.Unsafe<Static<typeof Receipts>>({ $ref: "Receipts#" })),
  },
  {
    description:
      "The result of a replayed request: the `receipts` of its events, the `reason` why it contains none, or the `problem` that it still has.",
    examples: [{ kind: "unparsed", reason: null, problem: unparsedProblem, receipts: null }],
  },
);

const UnparsedReplays = Type.Object(
  {
    events: Type.Integer(),
    ignored: Type.Integer(),
    unparsed: Type.Integer(),
    accepted: Type.Integer(),
    duplicates: Type.Integer(),
    rejected: Type.Integer(),
    next: Nullable(Id),
  },
  {
    description:
      "The number of replayed requests by result, and of their events by state. `next` is where to continue; null at the end.",
    examples: [
      {
        events: 2,
        ignored: 0,
        unparsed: 1,
        accepted: 2,
        duplicates: 0,
        rejected: 0,
        next: null,
      },
    ],
  },
);

/** The shapes by their names in openapi.yaml. */
export const unparsedShapes = { Unparsed, UnparsedReplay, UnparsedReplays } as const;
