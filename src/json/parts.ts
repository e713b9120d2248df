import { type TSchema, Type } from "typebox";

// Building blocks of the schemas on the wire.

/** Text that PostgreSQL can store: no NUL, no lone surrogate. */
export const storable = "^[^\\u0000\\ud800-\\udfff]*$";
/** Names of books and sources. */
export const slug = "^[a-z0-9][a-z0-9-]{0,62}$";
export const isName = (text: string): boolean => new RegExp(slug).test(text);

export const TextOf = (maxLength: number, minLength = 0) =>
  Type.String({ pattern: storable, minLength, maxLength });
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const OneOf = <const V extends readonly string[]>(values: V) =>
  Type.Unsafe<V[number]>({ type: "string", enum: [...values] });

export const Id = Type.String({ format: "uuid" });
export const Time = Type.String({ format: "date-time" });
export const Uri = TextOf(2048, 1);
export const Name = Type.String({ pattern: slug });
