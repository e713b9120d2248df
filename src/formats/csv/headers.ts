import type { AddressKind } from "../numbers/found-address.ts";

export interface AddressColumn {
  readonly index: number;
  readonly title: string;
  readonly kind: AddressKind;
  /** The label of all its addresses; null if it has none, or if `labelIndex` names a column. */
  readonly label: string | null;
  /** The column with a label for each of its addresses. */
  readonly labelIndex: number | null;
}

/** The columns that are read. The others are ignored. */
export interface Columns {
  readonly count: number;
  readonly externalId: number | null;
  /** The columns of each name. The first name that is not empty counts. */
  readonly names: readonly (readonly number[])[];
  readonly addresses: readonly AddressColumn[];
  readonly assertedAt: number | null;
}

// Names of columns as exporters write them, in the form of `wordsOf`: in lower case, with single spaces.

const split = (names: string): readonly string[] => names.split(", ");

const externalIds = split("external id, uid, contact id, person id, record id, record id contact, id");
const fullNames = split(
  "name, full name, fullname, display name, formatted name, contact name, person name, effective caller id name",
);
const givenNames = split(
  "first name, firstname, given name, contact name given, person first name, vorname, prénom, nombre",
);
const middleNames = split("middle name, additional name, contact name middle");
const familyNames = split(
  "last name, lastname, family name, surname, contact name family, person last name, nachname, nom, apellidos",
);
const companies = split(
  "company, company name, organization, organisation, organization name, organization 1 name, contact organization, account name, person organization, firma, société, empresa",
);
const uris = new Set(["uri", "uris", "addresses", "address uri"]);
/** Columns that may also hold a postal address or free text. Such a text is not a fault. */
const maybes = new Set(["address", "home", "business", "work", "other"]);
const extensions = new Set(["extension", "ext", "phone extension", "extension number"]);

const phone =
  /(?<![\p{L}\p{N}])(phones?|telephones?|tel|mobiles?|cell|cellphone|fax|pager|telefon|telefax|handy|mobil|t[eé]l[eé]phone|tel[eé]fono|m[oó]vil)(?![\p{L}\p{N}])/u;
const sip = /\b(sips?|voip)\b/;
/** Columns that describe a phone number, or hold somebody else's. */
const about =
  /\b(type|label|code|country|validity|valid|status|date|time|opt|opted|consent|owner|source|preferred|assistant|assistants|asst|call|provider)\b/;

/** Finds the columns that have known names. */
export function findKnownColumns(titles: readonly string[]): Omit<Columns, "count"> {
  const words = titles.map(wordsOf);
  const find = (names: readonly string[]): number | null => {
    const index = names.map((name) => words.indexOf(name)).find((each) => each !== -1);
    return index ?? null;
  };
  const full = find(fullNames);
  const parts = [find(givenNames), find(middleNames), find(familyNames)].filter((index) => index !== null);
  const company = find(companies);
  const names = [full === null ? [] : [full], parts, company === null ? [] : [company]];
  return {
    externalId: find(externalIds),
    names: names.filter((columns) => columns.length > 0),
    addresses: titles.flatMap((title, index) => findAddressColumn(title, index, words)),
    assertedAt: find(["asserted at"]),
  };
}

function findAddressColumn(title: string, index: number, words: readonly string[]): readonly AddressColumn[] {
  const name = words[index] ?? "";
  const kind = kindOf(name);
  if (kind === null) return [];
  const labelIndex = findLabels(name, words);
  return [{ index, title, kind, label: uris.has(name) ? null : title.trim(), labelIndex }];
}

function kindOf(name: string): AddressKind | null {
  const plain = name.replace(/ [0-9]+$/, "");
  if (uris.has(plain)) return "any";
  if (maybes.has(plain)) return "maybe";
  if (extensions.has(plain)) return "phone";
  if (about.test(name)) return null;
  if (sip.test(name)) return "sip";
  return phone.test(name) ? "phone" : null;
}

/** Google has "Phone 1 - Label" (formerly "Type") for "Phone 1 - Value"; we have "labels" for "addresses". */
function findLabels(name: string, words: readonly string[]): number | null {
  const stem = name.replace(/ value$/, "");
  const names = name === "addresses" ? ["labels"] : [`${stem} label`, `${stem} type`];
  const index = names.map((each) => words.indexOf(each)).find((each) => each !== -1);
  return index ?? null;
}

/** "Phone 1 - Value", "phone_1_value" and "Phone1Value" become the same words. */
function wordsOf(title: string): string {
  return title
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[a-z])(?=[0-9])/g, " ")
    .toLowerCase()
    .replaceAll("'", "")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
