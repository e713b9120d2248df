import { Type } from "typebox";
import { Check } from "typebox/value";
import type { CsvMapping } from "../../formats/csv/columns.ts";
import { isRegion } from "../../formats/numbers/typed-number.ts";
import { invalidQuery } from "../../http/problem.ts";
import { parseJson } from "../../json/parse.ts";

const Column = Type.String({ minLength: 1, maxLength: 1000 });

const Mapping = Type.Object({
  externalId: Type.Optional(Column),
  name: Type.Optional(Type.Union([Column, Type.Array(Column, { maxItems: 20 })])),
  addresses: Type.Array(
    Type.Object({ column: Column, label: Type.Optional(Type.String({ maxLength: 200 })) }),
    { minItems: 1, maxItems: 100 },
  ),
  assertedAt: Type.Optional(Column),
});

/** Throws invalid-input if the text is not a valid mapping. */
export function readMapping(text: string | undefined): CsvMapping | null {
  if (text === undefined) return null;
  const mapping = parseJson(text);
  if (Check(Mapping, mapping)) return mapping;
  throw invalidQuery(
    "mapping",
    'must be JSON as in {"externalId":"Id","name":"Full name","addresses":[{"column":"Phone","label":"work"}]}',
  );
}

/** Throws invalid-input if the text is not a country code. */
export function readRegion(text: string | undefined): string | null {
  if (text === undefined) return null;
  const region = text.toUpperCase();
  if (isRegion(region)) return region;
  throw invalidQuery("region", "must be a two-letter country code, such as DE");
}
