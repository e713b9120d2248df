export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Undefined where the text is no JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Empty where it is no object. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
/** Null where it is no text. */
export const textOf = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);
/** Empty where it is no array. */
export const arrayOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
