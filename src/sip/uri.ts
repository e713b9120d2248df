import { areEqual } from "./equivalence.ts";
import { buildKey } from "./match-key.ts";
import { parseSipUri, type SipUri } from "./sip-uri.ts";
import { parseSubscriber, type TelUri } from "./tel.ts";

export type { SipUri } from "./sip-uri.ts";
export type { TelUri } from "./tel.ts";

/** Longer text is not an address: a key has to stay below the 2,704 bytes of an index entry in Postgres. */
export const maxUriLength = 2048;

/**
 * Reads an address: sip, sips (RFC 3261 19.1, RFC 5954) or tel (RFC 3966). Ignores spaces around it. Null if it has
 * another scheme, is outside the grammar, or is longer than maxUriLength.
 */
export function parseUri(text: string): SipUri | TelUri | null {
  // A raw "#" becomes "%23", which is three characters long.
  if (text.length > maxUriLength || text.replaceAll("#", "%23").length > maxUriLength) return null;
  const uri = text.replace(/^ +/, "").replace(/(?<! ) +$/, "");
  const colon = uri.indexOf(":");
  const scheme = uri.slice(0, Math.max(colon, 0)).toLowerCase();
  const rest = uri.slice(colon + 1);
  switch (scheme) {
    case "sip":
    case "sips":
      return parseSipUri(scheme, rest);
    case "tel":
      return parseSubscriber(rest);
    default:
      return null;
  }
}

/**
 * The identity of an address, the same for all its spellings; see buildKey. Null if it is invalid, or a URI with
 * headers, `method` or `maddr`: such a URI never matches.
 */
export function matchKey(uri: string | SipUri | TelUri): string | null {
  const parsed = typeof uri === "string" ? parseUri(uri) : uri;
  return parsed === null ? null : buildKey(parsed);
}

export type Identity =
  | { readonly key: string; readonly fault: null }
  | { readonly key: null; readonly fault: string };

export const invalidUri = "must be a sip, sips or tel URI";

/** The match key of an address, or why the text is not a valid address. */
export function identifyAddress(text: string): Identity {
  const uri = parseUri(text);
  if (uri === null) return { key: null, fault: invalidUri };
  const key = buildKey(uri);
  if (key !== null) return { key, fault: null };
  return { key, fault: "names a route or an action, not an address (maddr, method or headers)" };
}

/**
 * The strict equality of RFC 3261 19.1.4 (with RFC 5954 4.2) and RFC 3966 4. False if one is invalid. Unlike in a key,
 * a default port, `transport` and the scheme count here. It is not transitive.
 */
export function isEquivalent(a: string | SipUri | TelUri, b: string | SipUri | TelUri): boolean {
  const left = typeof a === "string" ? parseUri(a) : a;
  const right = typeof b === "string" ? parseUri(b) : b;
  return left !== null && right !== null && areEqual(left, right);
}
