import type { CsvMapping } from "./csv/columns.ts";
import { readCsv } from "./csv/csv.ts";
import { readJscontact } from "./jscontact/jscontact.ts";
import { readNdjson } from "./ndjson/ndjson.ts";
import type { ImportRow } from "./rows/row.ts";
import { readVcards } from "./vcard/vcard.ts";

export const formats = ["csv", "vcard", "jscontact", "ndjson"] as const;
export type Format = (typeof formats)[number];

export interface FormatSettings {
  /** ISO 3166 alpha-2, for numbers typed without a country. */
  readonly region: string | null;
  /** CSV only: which column is what. Null: by the names of the columns. */
  readonly mapping: CsvMapping | null;
  /** CSV only. Null: found by itself. */
  readonly delimiter: string | null;
}

/**
 * The contacts of a file, one after the other; no more than one row of it is held at a time. Throws FileFault
 * where the file as a whole cannot be read: a row that cannot be read is a row of kind "bad".
 */
export function readRows(
  format: Format,
  chunks: AsyncIterable<Uint8Array>,
  settings: FormatSettings,
): AsyncIterable<ImportRow> {
  switch (format) {
    case "csv":
      return readCsv(chunks, settings);
    case "ndjson":
      return readNdjson(chunks);
    case "vcard":
      return readVcards(chunks, settings.region);
    case "jscontact":
      return readJscontact(chunks, settings.region);
  }
}
