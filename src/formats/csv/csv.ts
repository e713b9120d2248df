import { buildRow, type FoundField, guessedEncoding, readTime } from "../rows/contact-row.ts";
import { badRow, FileFault, type ImportRow } from "../rows/row.ts";
import { LineSource } from "../text/lines.ts";
import { type CsvMapping, readColumns } from "./columns.ts";
import { unguardCell } from "./guard.ts";
import { type AddressColumn, type Columns, findKnownColumns } from "./headers.ts";
import { type CsvRecord, readRecord } from "./records.ts";

export interface CsvSettings {
  readonly region: string | null;
  readonly mapping: CsvMapping | null;
  readonly delimiter: string | null;
}

export const delimiters = [",", ";", "\t", "|"] as const;
/** The line with the delimiter that Excel writes before the first record. */
const separatorLine = /^"?sep=(.)"?$/i;

/** The contacts of a CSV file (RFC 4180), one record each; the first record names the columns. */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  settings: CsvSettings,
): AsyncIterable<ImportRow> {
  const source = new LineSource(chunks);
  try {
    const delimiter = settings.delimiter ?? (await findDelimiter(source, settings.mapping));
    const first = await readRecord(source, delimiter);
    if (first === null) throw new FileFault("The file is empty.");
    if (first.kind === "broken")
      throw new FileFault(`The first record, which names the columns, ${first.detail}.`);
    const columns = readColumns(first.cells, settings.mapping);
    let isGuessed = false;
    for (;;) {
      const record = await readRecord(source, delimiter);
      if (record === null) break;
      const row = readRow(record, columns, settings.region, isGuessed);
      isGuessed ||= record.kind === "cells" && record.isGuessed;
      if (row !== null) yield row;
    }
  } finally {
    await source.close();
  }
}

/** The delimiter that gives the first record the most known or mapped columns, then the most columns. */
async function findDelimiter(source: LineSource, mapping: CsvMapping | null): Promise<string> {
  const line = await source.next();
  const named = separatorLine.exec(line?.text ?? "")?.[1];
  if (named !== undefined) return named;
  if (line !== null) source.putBack([line]);
  let best = { delimiter: ",", score: -1 };
  for (const delimiter of delimiters) {
    source.mark();
    const record = await readRecord(source, delimiter);
    source.rewind();
    const score = record?.kind === "cells" ? scoreOf(record.cells, mapping) : -1;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

function scoreOf(titles: readonly string[], mapping: CsvMapping | null): number {
  const known = findKnownColumns(titles);
  const mapped = mapping?.addresses.filter(({ column }) => titles.includes(column)).length ?? 0;
  const recognised = known.addresses.length + known.names.flat().length + mapped;
  return recognised * 10_000 + titles.length;
}

/** Null if all cells of the record are empty. */
function readRow(
  record: CsvRecord,
  columns: Columns,
  region: string | null,
  isGuessedBefore: boolean,
): ImportRow | null {
  const place = `line ${record.line}`;
  if (record.kind === "broken") return badRow(place, "record", record.detail);
  const { cells } = record;
  if (cells.every((cell) => cell.trim() === "")) return null;
  const extra = cells.slice(columns.count).some((cell) => cell.trim() !== "");
  if (extra || cells.length < columns.count) {
    const detail = `has ${cells.length} cells, but the first record has ${columns.count}`;
    return badRow(place, "record", detail);
  }
  const cell = (index: number | null): string => (index === null ? "" : unguardCell(cells[index] ?? ""));
  const assertedText = cell(columns.assertedAt).trim();
  const assertedAt = assertedText === "" ? null : readTime(assertedText);
  if (assertedAt === undefined) return badRow(place, "assertedAt", "is not an RFC 3339 time");
  const found = {
    place,
    externalId: cell(columns.externalId),
    names: columns.names.map((indexes) => indexes.map(cell).join(" ")),
    addresses: columns.addresses.flatMap((column) => readAddressCell(column, cell, assertedAt)),
    warnings: record.isGuessed && !isGuessedBefore ? [guessedEncoding] : [],
  };
  return buildRow(found, region);
}

function readAddressCell(
  { index, title, kind, label, labelIndex }: AddressColumn,
  cell: (index: number | null) => string,
  assertedAt: number | null,
): readonly FoundField[] {
  const labels = cell(labelIndex).split(/\n| ::: /);
  return splitCell(cell(index)).map((text, place) => {
    const own = (labels[place] ?? labels[0] ?? "").trim().replace(/^\* /, "");
    return { field: title.trim(), text, kind, label: own === "" ? label : own, assertedAt };
  });
}

/**
 * Splits the addresses of a cell: at a line end, at " ::: " (Google), or at a semicolon if an address follows (a SIP
 * URI has semicolons too).
 */
function splitCell(text: string): readonly string[] {
  if (!/[\n;:]/.test(text)) return [text];
  return text.split(/\n| ::: |;\s*(?=sips?:|tel:|\+?[0-9(])|;\s+(?=[^;=\s]+@)/i);
}
