import { matchKey, maxUriLength, parseUri } from "../../sip/uri.ts";
import { readTypedNumber } from "./typed-number.ts";

/**
 * What may stand in a field: a phone number or a URI; a SIP address, with or without its scheme; any of these;
 * any of these among other things (then any other text is not a fault); or a URI and nothing else.
 */
export type AddressKind = "phone" | "sip" | "any" | "maybe" | "uri";

export type FoundAddress =
  | { readonly kind: "address"; readonly key: string; readonly uri: string; readonly warning: string | null }
  | { readonly kind: "unusable"; readonly detail: string }
  | { readonly kind: "none" };

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const OURS = /^(sips?|tel):/i;
const USER_AT_HOST = /^[^@\s]+@[^@\s]+$/;

/** What a field says, as an address. URIs are read by the rules of `src/sip` alone, typed numbers never are. */
export function findAddress(text: string, kind: AddressKind, region: string | null): FoundAddress {
  const typed = text.trim();
  if (typed === "") return { kind: "none" };
  if (typed.length > maxUriLength) return quiet(kind, `is longer than ${maxUriLength} characters`);
  if (kind === "uri" || OURS.test(typed)) return readUri(typed);
  if (kind !== "phone" && USER_AT_HOST.test(typed) && !SCHEME.test(typed)) {
    return kind === "maybe" ? { kind: "none" } : readUri(`sip:${typed}`);
  }
  const number = readTypedNumber(typed, region);
  if (number.kind === "unusable") return quiet(kind, number.detail);
  const found = readUri(number.uri);
  return found.kind === "address" ? { ...found, warning: number.warning } : found;
}

function quiet(kind: AddressKind, detail: string): FoundAddress {
  return kind === "maybe" ? { kind: "none" } : { kind: "unusable", detail };
}

function readUri(uri: string): FoundAddress {
  const parsed = parseUri(uri);
  if (parsed === null) return { kind: "unusable", detail: "is not an acceptable sip, sips or tel URI" };
  const key = matchKey(parsed);
  if (key !== null) return { kind: "address", key, uri, warning: null };
  return {
    kind: "unusable",
    detail: "names a route or an action, not an address (maddr, method or headers)",
  };
}
