import {
  closingQuote,
  cut,
  isOverLimits,
  maxHeader,
  splitOutside,
  trimLws,
  unfold,
  unquote,
} from "./header-list.ts";
import { parseUri } from "./uri.ts";

/** One value of a Contact header field (RFC 3261 20.10). */
export interface ContactValue {
  /** As received, without the brackets. Any scheme; `*` is the wildcard of a REGISTER, which is not an address. */
  readonly uri: string;
  readonly displayName: string | null;
  /** 0 to 1; null if it is missing or invalid. */
  readonly q: number | null;
  /** Header parameters except `q`, by name in lower case; null without a value. Quoted values keep their quotes. */
  readonly params: Readonly<Record<string, string | null>>;
}

/** The parts as text, before they are validated. */
interface RawValue {
  readonly displayName: string | null;
  readonly uri: string;
  readonly params: string;
}

const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const paramValue = /^[A-Za-z0-9\-.!%*_+`'~[\]:]*$/;
const quotedValue = /^"(?:[\t !#-[\]-~\u0080-\uffff]|\\[^\r\n])*"$/;
const unquotedName = /^[A-Za-z0-9\-.!%*_+`'~\u0080-\uffff \t]*$/;
const uriScheme = /^([A-Za-z][A-Za-z0-9+.-]*):/;
const opaqueUri = /^[A-Za-z0-9\-_.!~*'()%;/?:@&=+$,#[\]]+$/;
const qValue = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;
const controls = /[^\P{Cc}\t]/gu;

/**
 * Reads the rows of a Contact header field as one list, in order (RFC 3261 20.10 and 25.1, RFC 8217).
 *
 * `sip`, `sips` and `tel` URIs must be valid for parseUri; URIs of other schemes are returned as they are. An invalid
 * value is left out, and the others are kept. After a quote or bracket that is never closed, the rest of the row is
 * lost. A field above maxHeader gives an empty list, because the best value of an incomplete list would be a guess.
 */
export function parseContactHeader(values: readonly string[]): readonly ContactValue[] {
  if (isOverLimits(values)) return [];
  const texts = values.flatMap((row) => splitOutside(unfold(row), ",", maxHeader.values).parts).map(trimLws);
  if (texts.length > maxHeader.values) return [];
  const present = texts.filter((text) => text !== "");
  // The wildcard is legal only as the whole field.
  if (present.length === 1 && present[0] === "*")
    return [{ uri: "*", displayName: null, q: null, params: {} }];
  return present.map(parseValue).filter((value) => value !== null);
}

function parseValue(text: string): ContactValue | null {
  const raw = text.startsWith('"') ? splitQuotedName(text) : splitUnquoted(text);
  if (raw === null || !isAcceptableUri(raw.uri)) return null;
  const params = parseParams(raw.params);
  if (params === null) return null;
  const q = params.get("q") ?? "";
  params.delete("q");
  return {
    uri: raw.uri,
    displayName: raw.displayName,
    q: qValue.test(q) ? Number(q) : null,
    // fromEntries defines own properties, so a parameter named __proto__ does no harm.
    params: Object.fromEntries(params),
  };
}

/** `"Display name" <uri>;params` */
function splitQuotedName(text: string): RawValue | null {
  const end = closingQuote(text, 0) + 1;
  const quoted = text.slice(0, end);
  const rest = trimLws(text.slice(end));
  if (!quotedValue.test(quoted) || !rest.startsWith("<")) return null;
  return splitBrackets(rest, unquote(quoted).replace(controls, ""));
}

/** `Display name <uri>;params`, or `uri;params`: without brackets, parameters belong to the header (RFC 8217). */
function splitUnquoted(text: string): RawValue | null {
  const semicolon = text.indexOf(";");
  const addressEnd = semicolon === -1 ? text.length : semicolon;
  const bracket = text.indexOf("<");
  if (bracket !== -1 && bracket < addressEnd) {
    const name = trimLws(text.slice(0, bracket));
    return unquotedName.test(name) ? splitBrackets(text.slice(bracket), collapseLws(name)) : null;
  }
  const uri = trimLws(text.slice(0, addressEnd));
  return uri.includes("?") ? null : { displayName: null, uri, params: text.slice(addressEnd) };
}

/** `<uri>;params`; splitOutside has checked that the bracket is closed. */
function splitBrackets(text: string, displayName: string | null): RawValue | null {
  const close = text.indexOf(">");
  const params = trimLws(text.slice(close + 1));
  if (params !== "" && !params.startsWith(";")) return null;
  return { displayName, uri: trimLws(text.slice(1, close)), params };
}

function collapseLws(name: string): string | null {
  return name === "" ? null : name.replace(/[ \t]+/g, " ");
}

function isAcceptableUri(uri: string): boolean {
  const scheme = uriScheme.exec(uri)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return false;
    case "sip":
    case "sips":
    case "tel":
      return parseUri(uri) !== null;
    default:
      return uri.length > scheme.length + 1 && opaqueUri.test(uri);
  }
}

function parseParams(text: string): Map<string, string | null> | null {
  const params = new Map<string, string | null>();
  const { parts } = splitOutside(text, ";", maxHeader.parameters);
  if (parts.length > maxHeader.parameters) return null;
  for (const part of parts.map(trimLws)) {
    if (part === "") continue;
    const [rawName, rawValue] = cut(part, "=");
    const name = trimLws(rawName).toLowerCase();
    const value = rawValue === null ? null : trimLws(rawValue);
    if (!token.test(name) || params.has(name)) return null;
    if (value !== null && !paramValue.test(value) && !quotedValue.test(value)) return null;
    params.set(name, value);
  }
  return params;
}
