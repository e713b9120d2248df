import type { TSchema } from "typebox";
import type { Dialect } from "../domain/dialect.ts";
import { translateKamailio } from "./dialects/kamailio.ts";

/** What a dialect makes of a body: an event in our words, to be checked as any other, or the shape that it lacks. */
export type Translation =
  | {
      readonly kind: "event";
      readonly event: Readonly<Record<string, unknown>>;
      /** The PBX's name of a property of ours, where it differs. */
      readonly names: Readonly<Record<string, string>>;
    }
  | { readonly kind: "invalid-shape"; readonly schema: TSchema };

/** How each dialect is read. Pure: a body in, an event or a reason out. */
export const translators: Readonly<Record<Dialect, (body: unknown) => Translation>> = {
  default: (body) => ({ kind: "event", event: toRecord(body), names: {} }),
  kamailio: translateKamailio,
};

/** What is no object lacks every property, and is told so. */
function toRecord(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null ? { ...body } : {};
}
