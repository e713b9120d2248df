import { type AddressKind, findAddress } from "../numbers/found-address.ts";
import { badRow, type ImportedAddress, type ImportRow, type RowFault } from "./row.ts";

export const maxNameLength = 500;
export const maxExternalIdLength = 256;
export const maxLabelLength = 200;
export const maxAddresses = 100;
const maxWarnings = 100;
/** A NUL or a lone surrogate: Postgres keeps neither. */
const UNSTORABLE = /[\0\ud800-\udfff]/u;

/** Of the first row that was decoded by guess: the others are like it. */
export const guessedEncoding: RowFault = {
  field: "encoding",
  detail: "is not valid UTF-8 and was read as windows-1252, as later lines will be; check its accents",
};

/** A time of RFC 3339 in milliseconds; undefined if the text is not one. */
export function readTime(text: string): number | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text);
  const time = isTime ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** What a reader found of one contact, before it is checked. */
export interface FoundContact {
  readonly place: string;
  readonly externalId: string | null;
  /** The first that is not empty is the name. */
  readonly names: readonly string[];
  readonly addresses: readonly FoundField[];
  readonly warnings: readonly RowFault[];
  /** True where the reader itself had to leave out an address. */
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

/** The row of a contact: its texts checked, its addresses identified, each key once. */
export function buildRow(found: FoundContact, region: string | null): ImportRow {
  const { place } = found;
  const { addresses, warnings } = findAddresses(found.addresses, region);
  const externalId = tidy(found.externalId ?? "");
  const given = found.names.map(tidy).find((each) => each !== "");
  const name = given ?? addresses[0]?.uri ?? "";
  if (name === "") return badRow(place, "name", "has no name, and no address that could stand for it");
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
  if (UNSTORABLE.test(text)) return [{ field, detail: "has a NUL character or half a character" }];
  // As JSON Schema counts: characters, not UTF-16 units.
  return Array.from(text).length > maxLength
    ? [{ field, detail: `is longer than ${maxLength} characters` }]
    : [];
}

/** On one line, without spaces around it. */
function tidy(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** A label is said by the way: one that cannot be kept is cut, and no fault. */
function tidyLabel(label: string | null): string | null {
  const text = tidy((label ?? "").replaceAll(/[\0\ud800-\udfff]/gu, ""));
  return text === "" ? null : Array.from(text).slice(0, maxLabelLength).join("");
}
