import { Type } from "typebox";
import { storable } from "./values.ts";

// How Kamailio and OpenSIPS write the value of a pseudo-variable.

/** Text. The configuration in docs/pbx/kamailio.md sends bytes that are not UTF-8 as base64. */
export const Text = Type.Union([Type.String(), Type.Object({ base64: Type.String() }), Type.Null()]);
export const Count = Type.Union([Type.Integer(), Type.String({ pattern: "^[0-9]{1,10}$" }), Type.Null()]);

type Text = string | { readonly base64: string } | null | undefined;

/**
 * A missing value is null, left out, empty or `<null>`. Bytes are read as Latin-1, which loses none. Characters that
 * Postgres cannot store are replaced, so that the event is not lost.
 */
export function textOf(text: Text): string | undefined {
  if (text === null || text === undefined || text === "" || text === "<null>") return undefined;
  const read = typeof text === "string" ? text : Buffer.from(text.base64, "base64").toString("latin1");
  return storable(read);
}

export const textsOf = (texts: readonly Text[] = []): readonly string[] =>
  texts.map(textOf).filter((text) => text !== undefined);

export const numberOf = (count: number | string | null | undefined): number | undefined =>
  count === null || count === undefined ? undefined : Number(count);
