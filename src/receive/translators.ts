import type { Dialect } from "../domain/dialect.ts";
import { translateKamailio } from "./dialects/kamailio.ts";
import type { Translation } from "./dialects/translation.ts";

/** How each dialect is read. Pure: a body in, an event or a reason out. */
export const translators: Readonly<Record<Dialect, (body: unknown) => Translation>> = {
  default: (body) => ({ kind: "event", event: toRecord(body), names: {} }),
  kamailio: translateKamailio,
};

/** What is no object lacks every property, and is told so. */
function toRecord(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null ? { ...body } : {};
}
