import { Type } from "typebox";
import { Id, Nullable, Time } from "../../json/parts.ts";
import { contactId, eventId, moment } from "./story.ts";

export const GoneAddress = Type.Object(
  {
    uri: Type.String(),
    label: Nullable(Type.String()),
    contactId: Id,
    externalId: Nullable(Type.String()),
    name: Type.String(),
    goneAt: Nullable(Time),
    status: Nullable(Type.Integer()),
    reason: Nullable(Type.String()),
    source: Nullable(Type.String()),
    eventId: Nullable(Id),
  },
  {
    description:
      "An address that is not to be called any more, and the latest change that says so; null where that is not on record.",
    examples: [
      {
        uri: "sip:alice@old.example",
        label: "work",
        contactId,
        externalId: "crm-1",
        name: "Alice",
        goneAt: moment,
        status: 410,
        reason: "Gone",
        source: "default",
        eventId,
      },
    ],
  },
);
