import { type Static, Type } from "typebox";
import { Check } from "typebox/value";
import { OneOf, TextOf } from "../../json/parts.ts";

// Maps the places in the body of any PBX to the properties of an event. Closed, so that a mistyped name is an error.

const closed = { additionalProperties: false };

/** A JSON Pointer (RFC 6901) if it begins with a slash, else the name of a form field or of a property of the body. */
const Place = TextOf(256, 1);
const Code = Type.Integer({ minimum: 100, maximum: 699 });
const Scalar = Type.Union([TextOf(256), Type.Number(), Type.Boolean(), Type.Null()]);

export const Mapping = Type.Object(
  {
    requestUri: Place,
    status: Type.Optional(Place),
    id: Type.Optional(Place),
    occurredAt: Type.Optional(Place),
    method: Type.Optional(Place),
    reason: Type.Optional(Place),
    contacts: Type.Optional(Place),
    reasonHeaders: Type.Optional(Place),
    warnings: Type.Optional(Place),
    diversion: Type.Optional(Place),
    expires: Type.Optional(Place),
    callId: Type.Optional(Place),
    cseq: Type.Optional(Place),
    inDialog: Type.Optional(Place),
    followed: Type.Optional(Place),
    /** Values that are the same for every body. */
    constants: Type.Optional(
      Type.Object(
        {
          status: Type.Optional(Code),
          method: Type.Optional(TextOf(64, 1)),
          reason: Type.Optional(TextOf(1024)),
          inDialog: Type.Optional(Type.Boolean()),
          followed: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
    ),
    /** SIP codes by the value of `status`. Bodies with other values are ignored. */
    codes: Type.Optional(Type.Record(Type.String(), Code, { maxProperties: 200 })),
    /** The format of `occurredAt`. */
    clock: Type.Optional(OneOf(["rfc3339", "seconds", "milliseconds", "whole-seconds"])),
    /** Conditions that must all hold; other bodies are ignored. In `in`, null means that the place is empty. */
    when: Type.Optional(
      Type.Array(
        Type.Object({ field: Place, in: Type.Array(Scalar, { minItems: 1, maxItems: 100 }) }, closed),
        { maxItems: 20 },
      ),
    ),
  },
  {
    ...closed,
    description:
      "Where a body has what an event needs (docs/pbx/generic.md). A place is a JSON Pointer where it begins with a slash, else the name of a form's field. `constants` hold of every body. `codes` say which status a value means; without them it is a code by itself, with its phrase or with SIP in front. `clock` is how `occurredAt` is written: `whole-seconds` counts as the end of that second. Bodies of which a condition in `when` does not hold are ignored; null stands for nothing.",
    examples: [
      {
        requestUri: "/to",
        status: "/hangup_code",
        callId: "/call_id",
        constants: { method: "INVITE" },
        when: [{ field: "/hook_event", in: ["channel_destroy"] }],
      },
    ],
  },
);
export type Mapping = Static<typeof Mapping>;

/** Checks a stored mapping. Null if it is not a valid mapping. */
export const readMapping = (value: unknown): Mapping | null => (Check(Mapping, value) ? value : null);
