import {
  isSupportedCountry,
  type PhoneNumber,
  parseDigits,
  parsePhoneNumberFromString,
} from "libphonenumber-js";

export type TypedNumber =
  | { readonly kind: "number"; readonly uri: string; readonly warning: string | null }
  | { readonly kind: "unusable"; readonly detail: string };

/** Marks of writing direction, which copied numbers carry. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const EXTENSION = /(?:[;,]?\s*(?:extension|ext|x)[\s.:=]*|\s*#\s*)([0-9]{1,10})$/i;
/** The trunk prefix as it is written where the country is written too: +44 (0)20. */
const TRUNK_IN_BRACKETS = /\(0\)/;

/** Whether numbers that are typed as in this country (ISO 3166 alpha-2) can be read. */
export function isRegion(text: string): boolean {
  return isSupportedCountry(text);
}

/**
 * A number as people type it, as a tel URI. It is taken only where nothing was guessed: it has no letters, its
 * length is possible in its country, and its digits are those that were typed, without the prefix for calls
 * within or out of the country. `region` is the country of numbers without one. An extension is kept as `;ext=`.
 */
export function readTypedNumber(text: string, region: string | null): TypedNumber {
  const typed = text.normalize("NFKC").replace(INVISIBLE, "").trim();
  const extension = EXTENSION.exec(typed)?.[1] ?? null;
  const main = extension === null ? typed : typed.replace(EXTENSION, "").trim();
  if (/\p{L}/u.test(main)) return unusable("has letters, so it is not a phone number");
  if (!/\p{Nd}/u.test(main)) return unusable("is not a phone number");
  const isGlobal = main.startsWith("+");
  if (!isGlobal && region === null) return unusable("needs a region: it is typed without a country");
  const number = parse(main, region);
  if (number === null || !number.isPossible()) return unusable("is not a possible phone number");
  if (!keepsDigits(main, isGlobal, number)) return unusable("would get other digits than were typed");
  if (extension === null) return { kind: "number", uri: `tel:${number.number}`, warning: null };
  const warning = `has an extension, which is kept as ;ext=${extension}`;
  return { kind: "number", uri: `tel:${number.number};ext=${extension}`, warning };
}

function parse(text: string, region: string | null): PhoneNumber | null {
  const country = region !== null && isSupportedCountry(region) ? region : undefined;
  const number = parsePhoneNumberFromString(text, {
    ...(country && { defaultCountry: country }),
    extract: false,
  });
  return number ?? null;
}

function keepsDigits(typed: string, isGlobal: boolean, number: PhoneNumber): boolean {
  const { countryCallingCode: code, nationalNumber: national } = number;
  if (isGlobal) return parseDigits(typed.replace(TRUNK_IN_BRACKETS, "")) === code + national;
  const digits = parseDigits(typed);
  const prefix = digits.slice(0, Math.max(digits.length - national.length, 0));
  // The prefix for calls within a country has at most two digits; the one for calls out of it goes before the code.
  return digits.endsWith(national) && (prefix.length <= 2 || prefix.endsWith(code));
}

function unusable(detail: string): TypedNumber {
  return { kind: "unusable", detail };
}
