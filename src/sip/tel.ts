import { cut } from "./header-list.ts";
import { isHostname } from "./hostname.ts";
import { foldCase } from "./percent.ts";

/** A tel URI (RFC 3966) in canonical form: equal URIs have equal fields. */
export interface TelUri {
  readonly kind: "tel";
  /** Without visual separators, hex digits in lower case: `+15551234567`, `7042`, `*98#`. */
  readonly number: string;
  /** Starts with `+`, so that it is the same number everywhere. */
  readonly global: boolean;
  /** False for a local number without `phone-context` (legal in RFC 2806 only): we only show and compare it. */
  readonly dialable: boolean;
  /** Names and values in lower case, in the order of RFC 3966 3: isub or ext, phone-context, the others by name. */
  readonly params: ReadonlyMap<string, string | null>;
}

const visualSeparators = /[-.()]/g;
const globalDigits = /^\+[0-9]+$/;
const localDigits = /^[0-9a-f*#]+$/;
const localDigitsWithoutLetters = /^[0-9*#]+$/;
const extensionText = /^[0-9]+$/;
const paramName = /^[A-Za-z0-9-]+$/;
const paramValue = /^(?:[A-Za-z0-9\-_.!~*'()[\]/:&+$]|%[0-9A-Fa-f]{2})+$/;
const subaddressText = /^(?:[A-Za-z0-9\-_.!~*'()/?:@&=+$,]|%[0-9A-Fa-f]{2})+$/;
const leadingParams = ["isub", "ext", "phone-context"];

/**
 * Reads `telephone-subscriber` of RFC 3966 3: the text after `tel:`, or the user part of a SIP URI that is a phone
 * number. Beyond the grammar it accepts a local number without context if it has no letters, `%23` for `#`, and empty
 * parameters.
 */
export function parseSubscriber(text: string): TelUri | null {
  const [numberText = "", ...paramTexts] = text.split(";");
  const params = parseParams(paramTexts);
  if (params === null) return null;
  const number = stripSeparators(numberText.replaceAll("%23", "#")).toLowerCase();
  const global = numberText.startsWith("+");
  const dialable = global || params.has("phone-context");
  const digits = global ? globalDigits : dialable ? localDigits : localDigitsWithoutLetters;
  return digits.test(number) ? { kind: "tel", number, global, dialable, params } : null;
}

/** The canonical spelling of a number and its parameters: equal numbers have equal text (RFC 3966 4). */
export function formatSubscriber(uri: TelUri): string {
  const params = [...uri.params].map(([name, value]) => (value === null ? `;${name}` : `;${name}=${value}`));
  return uri.number.replaceAll("#", "%23") + params.join("");
}

function parseParams(texts: readonly string[]): ReadonlyMap<string, string | null> | null {
  const params = new Map<string, string | null>();
  for (const text of texts) {
    if (text === "") continue;
    const param = parseParam(text);
    if (param === null || params.has(param.name)) return null;
    params.set(param.name, param.value);
  }
  if (params.has("isub") && params.has("ext")) return null;
  const leading = leadingParams.filter((name) => params.has(name));
  const others = [...params.keys()].filter((name) => !leadingParams.includes(name)).toSorted();
  return new Map([...leading, ...others].map((name) => [name, params.get(name) ?? null]));
}

function parseParam(text: string): { readonly name: string; readonly value: string | null } | null {
  const [rawName, value] = cut(text, "=");
  const name = rawName.toLowerCase();
  // RFC 3966: a URI with an unknown parameter "m-..." must be rejected, and we know none.
  if (!paramName.test(name) || name.startsWith("m-")) return null;
  const canonical = canonicalValue(name, value);
  return canonical === undefined ? null : { name, value: canonical };
}

/** The value in a form to compare (RFC 3966 4); undefined if it is invalid for this parameter. */
function canonicalValue(name: string, value: string | null): string | null | undefined {
  switch (name) {
    case "isub":
      return value !== null && subaddressText.test(value) ? foldCase(value) : undefined;
    case "ext": {
      const digits = stripSeparators(value ?? "");
      return extensionText.test(digits) ? digits : undefined;
    }
    case "phone-context": {
      if (value === null) return undefined;
      const digits = stripSeparators(value);
      if (value.startsWith("+")) return globalDigits.test(digits) ? digits : undefined;
      return isHostname(value) ? value.toLowerCase() : undefined;
    }
    default:
      if (value === null) return null;
      return paramValue.test(value) ? foldCase(value) : undefined;
  }
}

function stripSeparators(text: string): string {
  return text.replace(visualSeparators, "");
}
