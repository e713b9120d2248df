import { type Format, type FormatSettings, readRows } from "../../../src/formats/read-rows.ts";
import type { ImportRow } from "../../../src/formats/rows/row.ts";

const settings: FormatSettings = { region: null, mapping: null, delimiter: null };

/** All rows of a file. A file given as text is UTF-8; it comes in one chunk or as the given ones. */
export async function readAll(
  format: Format,
  file: string | Uint8Array | readonly Uint8Array[],
  given: Partial<FormatSettings> = {},
): Promise<readonly ImportRow[]> {
  const chunks = typeof file === "string" ? [Buffer.from(file)] : file instanceof Uint8Array ? [file] : file;
  const rows: ImportRow[] = [];
  for await (const row of readRows(format, stream(chunks), { ...settings, ...given })) rows.push(row);
  return rows;
}

async function* stream(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}

/** Rows as one line of text each, for tables: `name (external id) uri [label]; uri | ? warning`. */
export async function sketch(...args: Parameters<typeof readAll>): Promise<readonly string[]> {
  return (await readAll(...args)).map(sketchRow);
}

function sketchRow(row: ImportRow): string {
  if (row.kind === "bad") {
    return `${row.place}: ${row.faults.map(({ field, detail }) => `${field} ${detail}`.trim()).join("; ")}`;
  }
  const { name, externalId, addresses } = row.contact;
  const id = externalId === null ? "" : ` (${externalId})`;
  const list = addresses.map(({ uri, label }) => (label === null ? uri : `${uri} [${label}]`)).join("; ");
  const warnings = row.warnings.map(({ field, detail }) => ` ? ${field} ${detail}`).join("");
  return `${name}${id}: ${list}${warnings}${row.isPartial ? " (partial)" : ""}`;
}
