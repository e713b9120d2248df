import {
  isSupportedCountry,
  type PhoneNumber,
  parseDigits,
  parsePhoneNumberFromString,
} from "libphonenumber-js";

export type TypedNumber =
  | { readonly kind: "number"; readonly uri: string; readonly warning: string | null }
  | { readonly kind: "unusable"; readonly detail: string };

/** Marks of writing direction, which copied numbers may have. */
const invisible = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const extensionPart = /(?:[;,]?\s*(?:extension|ext|x)[\s.:=]*|\s*#\s*)([0-9]{1,10})$/i;
/** The trunk prefix in a number with a country code: +44 (0)20. */
const trunkInBrackets = /\(0\)/;

/** True if numbers as typed in this country (ISO 3166 alpha-2) can be read. */
export function isRegion(text: string): boolean {
  return isSupportedCountry(text);
}

/**
 * The tel URI of a number as people type it. A number is accepted only if nothing is guessed: it has no letters, its
 * length is possible in its country, and its digits are the typed ones without the national or international prefix.
 * `region` is the country of numbers without one. An extension is kept as `;ext=`.
 */
export function readTypedNumber(text: string, region: string | null): TypedNumber {
  const typed = text.normalize("NFKC").replace(invisible, "").trim();
  const extension = extensionPart.exec(typed)?.[1] ?? null;
  const main = extension === null ? typed : typed.replace(extensionPart, "").trim();
  if (/\p{L}/u.test(main)) return unusable("has letters, so it is not a phone number");
  if (!/\p{Nd}/u.test(main)) return unusable("is not a phone number");
  const isGlobal = main.startsWith("+");
  if (!isGlobal && region === null) return unusable("has no country code: send a region");
  const number = parse(main, region);
  if (number === null || !number.isPossible()) return unusable("is not a possible phone number");
  if (!keepsDigits(main, isGlobal, number)) return unusable("cannot be read without changing its digits");
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
  if (isGlobal) return parseDigits(typed.replace(trunkInBrackets, "")) === code + national;
  const digits = parseDigits(typed);
  const prefix = digits.slice(0, Math.max(digits.length - national.length, 0));
  // A national prefix has at most two digits; an international prefix ends with the country code.
  return digits.endsWith(national) && (prefix.length <= 2 || prefix.endsWith(code));
}

function unusable(detail: string): TypedNumber {
  return { kind: "unusable", detail };
}
