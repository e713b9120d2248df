import type { CsvMapping } from "./csv/columns.ts";
import { readCsv } from "./csv/csv.ts";
import { readJscontact } from "./jscontact/jscontact.ts";
import { readNdjson } from "./ndjson/ndjson.ts";
import type { ImportRow } from "./rows/row.ts";
import { readVcards } from "./vcard/vcard.ts";

export const formats = ["csv", "vcard", "jscontact", "ndjson"] as const;
export type Format = (typeof formats)[number];

export interface FormatSettings {
  /** The country (ISO 3166 alpha-2) of numbers that are typed without one. */
  readonly region: string | null;
  /** CSV only: the meaning of each column. Null: derived from the names of the columns. */
  readonly mapping: CsvMapping | null;
  /** CSV only. Null: detected. */
  readonly delimiter: string | null;
}

/**
 * The contacts of a file, one by one; only one row is in memory at a time. Throws FileFault if the whole file cannot be
 * read. A single row that cannot be read has the kind "bad".
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
