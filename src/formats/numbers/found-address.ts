import { identifyAddress, maxUriLength } from "../../sip/uri.ts";
import { readTypedNumber } from "./typed-number.ts";

/**
 * What a field may hold. `phone`: a phone number or a URI. `sip`: a SIP address, with or without its scheme. `any`: one
 * of these. `maybe`: one of these, or free text, which is not a fault. `uri`: only a URI.
 */
export type AddressKind = "phone" | "sip" | "any" | "maybe" | "uri";

export type FoundAddress =
  | { readonly kind: "address"; readonly key: string; readonly uri: string; readonly warning: string | null }
  | { readonly kind: "unusable"; readonly detail: string }
  | { readonly kind: "none" };

const scheme = /^[a-z][a-z0-9+.-]*:/i;
const addressScheme = /^(sips?|tel):/i;
const userAtHost = /^[^@\s]+@[^@\s]+$/;

/** The address in a field. Only `src/sip` reads URIs; only readTypedNumber reads typed numbers. */
export function findAddress(text: string, kind: AddressKind, region: string | null): FoundAddress {
  const typed = text.trim();
  if (typed === "") return { kind: "none" };
  if (typed.length > maxUriLength) return quiet(kind, `is longer than ${maxUriLength} characters`);
  if (kind === "uri" || addressScheme.test(typed)) return readUri(typed);
  if (kind !== "phone" && userAtHost.test(typed) && !scheme.test(typed)) {
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
  const { key, fault } = identifyAddress(uri);
  return key === null ? { kind: "unusable", detail: fault } : { kind: "address", key, uri, warning: null };
}
