import { type AddressKind, findAddress } from "../numbers/found-address.ts";
import { badRow, type ImportedAddress, type ImportRow, type RowFault } from "./row.ts";

export const maxNameLength = 500;
export const maxExternalIdLength = 256;
export const maxLabelLength = 200;
export const maxAddresses = 100;
const maxWarnings = 100;
/** A NUL or a lone surrogate: Postgres cannot store them. */
const unstorable = /[\0\ud800-\udfff]/u;

/** The warning of the first row whose encoding was guessed. Later rows get none. */
export const guessedEncoding: RowFault = {
  field: "encoding",
  detail: "is not valid UTF-8 and was read as windows-1252, as later lines will be; check its accents",
};

/** An RFC 3339 time in milliseconds; undefined if the text is not one. */
export function readTime(text: string): number | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** One contact as a reader found it, before it is checked. */
export interface FoundContact {
  readonly place: string;
  readonly externalId: string | null;
  /** The first one that is not empty is the name. */
  readonly names: readonly string[];
  readonly addresses: readonly FoundField[];
  readonly warnings: readonly RowFault[];
  /** True if the reader has already left out an address. */
  readonly isPartial?: boolean;
}

/** A field that should hold one address. */
export interface FoundField {
  readonly field: string;
  readonly text: string;
  readonly kind: AddressKind;
  readonly label: string | null;
  readonly assertedAt: number | null;
}

/** Builds the row of a contact: checks its texts, identifies its addresses, and keeps each key once. */
export function buildRow(found: FoundContact, region: string | null): ImportRow {
  const { place } = found;
  const { addresses, warnings } = findAddresses(found.addresses, region);
  const externalId = tidy(found.externalId ?? "");
  const given = found.names.map(tidy).find((each) => each !== "");
  const name = given ?? addresses[0]?.uri ?? "";
  if (name === "") return badRow(place, "name", "has no name, and no address to use as its name");
  const faults = [
    ...checkText("name", name, maxNameLength),
    ...checkText("external id", externalId, maxExternalIdLength),
    ...(addresses.length > maxAddresses
      ? [{ field: "addresses", detail: `has more than ${maxAddresses} addresses` }]
      : []),
  ];
  if (faults.length > 0) return { kind: "bad", place, faults };
  return {
    kind: "contact",
    place,
    contact: { externalId: externalId === "" ? null : externalId, name, addresses },
    warnings: [...found.warnings, ...warnings].slice(0, maxWarnings),
    isPartial: found.isPartial === true || warnings.some(({ isLeftOut }) => isLeftOut),
  };
}

interface AddressWarning extends RowFault {
  readonly isLeftOut: boolean;
}

function findAddresses(fields: readonly FoundField[], region: string | null) {
  const byKey = new Map<string, ImportedAddress>();
  const warnings: AddressWarning[] = [];
  for (const { field, text, kind, label, assertedAt } of fields) {
    const found = findAddress(text, kind, region);
    if (found.kind === "unusable") warnings.push({ field, detail: found.detail, isLeftOut: true });
    if (found.kind !== "address") continue;
    if (found.warning !== null) warnings.push({ field, detail: found.warning, isLeftOut: false });
    if (byKey.has(found.key)) continue;
    byKey.set(found.key, { key: found.key, uri: found.uri, label: tidyLabel(label), assertedAt });
  }
  return { addresses: [...byKey.values()], warnings };
}

function checkText(field: string, text: string, maxLength: number): readonly RowFault[] {
  if (unstorable.test(text)) return [{ field, detail: "has a NUL character or half a character" }];
  // Counts characters as JSON Schema does, not UTF-16 units.
  return Array.from(text).length > maxLength
    ? [{ field, detail: `is longer than ${maxLength} characters` }]
    : [];
}

/** Joins the lines of a text, and trims it. */
function tidy(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** A label matters little: one that is invalid or too long is repaired without a warning. */
function tidyLabel(label: string | null): string | null {
  const text = tidy((label ?? "").replaceAll(/[\0\ud800-\udfff]/gu, ""));
  return text === "" ? null : Array.from(text).slice(0, maxLabelLength).join("");
}
