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
      "An address that must no longer be called, and the latest change that removed it. The fields of the change are null if it is not in the history.",
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
