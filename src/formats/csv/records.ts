import type { Line, LineSource } from "../text/lines.ts";

/** One record of a CSV file (RFC 4180), or what is wrong with its first line. */
export type CsvRecord =
  | {
      readonly kind: "cells";
      readonly line: number;
      readonly cells: readonly string[];
      readonly isGuessed: boolean;
    }
  | { readonly kind: "broken"; readonly line: number; readonly detail: string };

export const maxCellLength = 32_768;
export const maxColumns = 1000;
const maxRecordLength = 262_144;

/**
 * Reads one record; null at the end. Empty lines are skipped. A broken record ends with its first line, so a
 * quotation mark that is never closed costs one line, not the rest of the file.
 */
export async function readRecord(source: LineSource, delimiter: string): Promise<CsvRecord | null> {
  const lines: Line[] = [];
  let length = 0;
  let place: Place = "between";
  for (;;) {
    const line = await source.next();
    const first = lines[0] ?? line;
    if (first === null) return null;
    if (line?.text === "" && lines.length === 0) continue;
    if (line !== null) {
      lines.push(line);
      length += line.text.length + 1;
      place = placeAfter(line.text, place, delimiter);
    }
    if (line?.isCut === true || length > maxRecordLength) place = "too long";
    if (place === "between") return readCells(lines, delimiter);
    if (place === "quoted" && line !== null) continue;
    source.putBack(lines.slice(1));
    return { kind: "broken", line: first.number, detail: detailOf(place) };
  }
}

/** The place where a line ends: between records, inside a quoted cell, or after a misplaced quotation mark. */
type Place = "between" | "quoted" | "misquoted" | "too long";

function placeAfter(text: string, before: Place, delimiter: string): Place {
  let isQuoted = before === "quoted";
  let at = 0;
  for (;;) {
    if (!isQuoted) {
      const opening = findOpening(text, at, delimiter);
      if (opening === -1) return "between";
      at = opening + 1;
    }
    const quote = text.indexOf('"', at);
    if (quote === -1) return "quoted";
    at = quote + 1;
    isQuoted = text[at] === '"';
    if (isQuoted) at += 1;
    else if (at < text.length && !text.startsWith(delimiter, at)) return "misquoted";
  }
}

/** Finds the quotation mark that opens a quoted cell. In an unquoted cell, quotation marks are text. */
function findOpening(text: string, from: number, delimiter: string): number {
  if (from === 0 && text.startsWith('"')) return 0;
  const found = text.indexOf(`${delimiter}"`, from);
  return found === -1 ? -1 : found + delimiter.length;
}

function readCells(lines: readonly Line[], delimiter: string): CsvRecord {
  const text = lines.map((line) => line.text).join("\n");
  const [first] = lines;
  const line = first?.number ?? 0;
  if (text.includes("\0")) return { kind: "broken", line, detail: "has a NUL character" };
  const cells = text.includes('"') ? splitQuoted(text, delimiter) : text.split(delimiter);
  if (cells.length > maxColumns) return { kind: "broken", line, detail: `has more than ${maxColumns} cells` };
  if (cells.some((cell) => cell.length > maxCellLength)) {
    return { kind: "broken", line, detail: `has a cell of more than ${maxCellLength} characters` };
  }
  return { kind: "cells", line, cells, isGuessed: lines.some(({ isGuessed }) => isGuessed) };
}

/** The cells of a record in which `placeAfter` found no misplaced quotation mark. */
function splitQuoted(text: string, delimiter: string): readonly string[] {
  const cells: string[] = [];
  for (let at = 0; at <= text.length; at += delimiter.length) {
    const quoted = /"([^"]*(?:""[^"]*)*)"/y;
    quoted.lastIndex = at;
    const content = quoted.exec(text)?.[1];
    const end = content === undefined ? text.indexOf(delimiter, at) : quoted.lastIndex;
    const cell = text.slice(at, end === -1 ? undefined : end);
    cells.push(content?.replaceAll('""', '"') ?? cell);
    at += cell.length;
  }
  return cells;
}

function detailOf(place: Place): string {
  if (place === "too long") return `is longer than ${maxRecordLength} characters`;
  if (place === "quoted") return "has a quotation mark that is never closed";
  return 'has a quotation mark inside a quoted cell (it must be written twice: "")';
}
