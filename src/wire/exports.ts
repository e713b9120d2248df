import { Type } from "typebox";
import { Id, Nullable, Time } from "../json/parts.ts";

/** One row of the export of gone addresses. What is not on record is null. */
export const GoneAddress = Type.Object({
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
});
