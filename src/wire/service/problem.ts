import { Type } from "typebox";

export const ProblemShape = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
    links: Type.Optional(Type.Record(Type.String(), Type.String())),
    next: Type.Optional(Type.Integer()),
  },
  {
    description:
      "A failure (RFC 9457). `type` is stable, `detail` is for people, `errors` points into the input. `next`, with `feed-expired`, is the sequence to continue the feed from after a full read.",
    examples: [
      {
        type: "urn:sipbook:problem:invalid-input",
        title: "Invalid input",
        status: 422,
        detail: "1 problem in the body",
        errors: [{ pointer: "/addresses/0/uri", detail: "is required" }],
      },
    ],
  },
);
