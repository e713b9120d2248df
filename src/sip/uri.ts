import { areEqual } from "./equivalence.ts";
import { buildKey } from "./match-key.ts";
import { parseSipUri, type SipUri } from "./sip-uri.ts";
import { parseSubscriber, type TelUri } from "./tel.ts";

export type { SipUri } from "./sip-uri.ts";
export type { TelUri } from "./tel.ts";

/**
 * Longer text is no address. With it, a key stays below the 2,704 bytes that a Postgres index entry can hold.
 */
export const MAX_URI_LENGTH = 2048;

/**
 * Reads an address: sip, sips (RFC 3261 19.1, RFC 5954) or tel (RFC 3966). Spaces around it are ignored. Null
 * where it is not acceptable as an address: another scheme, outside the grammar, or longer than
 * MAX_URI_LENGTH.
 */
export function parseUri(text: string): SipUri | TelUri | null {
  // A raw "#" is written as "%23", so it takes the room of three.
  if (text.length > MAX_URI_LENGTH || text.replaceAll("#", "%23").length > MAX_URI_LENGTH) return null;
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
 * The identity of an address, the same for all spellings of it; see buildKey for what counts.
 * Null where it has none and must never match: not acceptable, or a URI with headers, `method` or `maddr`.
 */
export function matchKey(uri: string | SipUri | TelUri): string | null {
  const parsed = typeof uri === "string" ? parseUri(uri) : uri;
  return parsed === null ? null : buildKey(parsed);
}

/**
 * The strict equality of RFC 3261 19.1.4 (with RFC 5954 4.2) and RFC 3966 4. False where either does not
 * parse. Narrower than an equal key: here a default port, `transport` and the scheme count. It is not
 * transitive.
 */
export function isEquivalent(a: string | SipUri | TelUri, b: string | SipUri | TelUri): boolean {
  const left = typeof a === "string" ? parseUri(a) : a;
  const right = typeof b === "string" ? parseUri(b) : b;
  return left !== null && right !== null && areEqual(left, right);
}
