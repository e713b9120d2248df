import type { TSchema } from "typebox";

/** What a dialect makes of a body: an event in our words, to be checked as any other, or the shape that it lacks. */
export type Translation =
  | {
      readonly kind: "event";
      readonly event: Readonly<Record<string, unknown>>;
      /** The PBX's name of a property of ours, where it differs. */
      readonly names: Readonly<Record<string, string>>;
    }
  | { readonly kind: "invalid-shape"; readonly schema: TSchema };
