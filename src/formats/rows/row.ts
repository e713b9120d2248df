/** A valid address of a row. `key` is its identity. */
export interface ImportedAddress {
  readonly key: string;
  readonly uri: string;
  readonly label: string | null;
  /** In milliseconds; null if the file does not say. */
  readonly assertedAt: number | null;
}

export interface ImportedContact {
  readonly externalId: string | null;
  readonly name: string;
  readonly addresses: readonly ImportedAddress[];
}

/** `field` is the file's own name: a column, a property of a vCard, a JSON Pointer. */
export interface RowFault {
  readonly field: string;
  readonly detail: string;
}

export interface ContactRow {
  readonly kind: "contact";
  readonly place: string;
  readonly contact: ImportedContact;
  readonly warnings: readonly RowFault[];
  readonly isPartial: boolean;
}

export interface BadRow {
  readonly kind: "bad";
  readonly place: string;
  readonly faults: readonly RowFault[];
}

/**
 * One contact of a file, or why it cannot be read. `place` is its place in the file: "line 12", "card 3". An unusable
 * address is left out with a warning. The row is then `isPartial`, and removes nothing.
 */
export type ImportRow = ContactRow | BadRow;

/** The whole file cannot be read. The message is a sentence for the person who sent it. */
export class FileFault extends Error {
  override readonly name = "FileFault";
}

export const badRow = (place: string, field: string, detail: string): BadRow => ({
  kind: "bad",
  place,
  faults: [{ field, detail }],
});
