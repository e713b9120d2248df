import { FileFault } from "../rows/row.ts";
import { type Columns, findKnownColumns } from "./headers.ts";

/** The meaning of columns, by their names in the file's first record. */
export interface CsvMapping {
  readonly externalId?: string | undefined;
  /** Several columns are joined with a space. */
  readonly name?: string | readonly string[] | undefined;
  readonly addresses: readonly { readonly column: string; readonly label?: string | undefined }[];
  readonly assertedAt?: string | undefined;
}

const maxListed = 50;
const maxListedLength = 60;

/** Throws FileFault, with the file's columns, if a mapped column is missing or none could hold an address. */
export function readColumns(titles: readonly string[], mapping: CsvMapping | null): Columns {
  if (mapping !== null) return followMapping(titles, mapping);
  const known = findKnownColumns(titles);
  if (known.addresses.length > 0) return { count: titles.length, ...known };
  throw new FileFault(
    "The first record must name the columns, but none of its names is known as a column of addresses. " +
      `Send a mapping that names the columns. ${list(titles)}`,
  );
}

function followMapping(titles: readonly string[], mapping: CsvMapping): Columns {
  const find = (column: string): number => findColumn(titles, column);
  const names = typeof mapping.name === "string" ? [mapping.name] : (mapping.name ?? []);
  return {
    count: titles.length,
    externalId: mapping.externalId === undefined ? null : find(mapping.externalId),
    names: names.length === 0 ? [] : [names.map(find)],
    addresses: mapping.addresses.map(({ column, label }) => ({
      index: find(column),
      title: column,
      kind: "any",
      label: label ?? column.trim(),
      labelIndex: null,
    })),
    assertedAt: mapping.assertedAt === undefined ? null : find(mapping.assertedAt),
  };
}

function findColumn(titles: readonly string[], column: string): number {
  const exact = titles.indexOf(column);
  const index = exact === -1 ? titles.findIndex((title) => fold(title) === fold(column)) : exact;
  if (index !== -1) return index;
  throw new FileFault(
    `The mapping names the column "${column}", which the file does not have. ${list(titles)}`,
  );
}

const fold = (title: string): string => title.trim().toLowerCase();

function list(titles: readonly string[]): string {
  const shown = titles.slice(0, maxListed).map((title) => `"${title.trim().slice(0, maxListedLength)}"`);
  const more = titles.length > maxListed ? ` and ${titles.length - maxListed} more` : "";
  return `The file's columns are ${shown.join(", ")}${more}.`;
}
