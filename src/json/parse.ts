export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Undefined if the text is not valid JSON. */
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

/** Empty if the value is not an object. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
/** Null if the value is not a string. */
export const textOf = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);
/** Empty if the value is not an array. */
export const arrayOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
