import { ownSigning } from "../../signatures/signing.ts";
import { type Dialect, events, type Translation } from "../shared/dialect.ts";
import { readJson } from "../shared/values.ts";

/** The dialect `default`: an event in sipbook's own format, as for POST /v1/events, or an array of events. */
export const native: Dialect = {
  name: "default",
  label: "sipbook's own events",
  firstMode: "immediate",
  signing: ownSigning,
  read({ body }): Translation {
    const json = readJson(body);
    if (json.kind !== "value") return json;
    const items = Array.isArray(json.value) ? json.value : [json.value];
    return events(...items.map((item) => ({ event: toRecord(item), names: {} })));
  },
  write: ({ id, occurredAt, event }) => ({
    contentType: "application/json",
    body: JSON.stringify({ ...event, id: id ?? undefined, occurredAt: occurredAt?.toISOString() }),
  }),
};

/** A value that is not an object is checked as one without properties, so the errors name what is missing. */
function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
