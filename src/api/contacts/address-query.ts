import { type FieldError, Problem } from "../../http/problem.ts";
import { matchKey, parseUri } from "../../sip/uri.ts";

/** The identity of a text as an address, or why it has none. */
export type Identity =
  | { readonly key: string; readonly fault: null }
  | { readonly key: null; readonly fault: string };

export function identifyAddress(text: string): Identity {
  const uri = parseUri(text);
  if (uri === null) return { key: null, fault: "must be a sip, sips or tel URI" };
  const key = matchKey(uri);
  return key === null
    ? { key, fault: "identifies no address: it has headers, a method or maddr" }
    : { key, fault: null };
}

/** The address that `?uri=` asks for, in any spelling. Throws invalid-input where it has no identity. */
export function readAddress(text: string): { readonly uri: string; readonly key: string } {
  // A + that the caller did not encode arrives as a space, which no SIP or tel URI can hold.
  const uri = text.trim().replaceAll(" ", "+");
  const { key, fault } = identifyAddress(uri);
  if (key === null) throw invalidUri(fault);
  return { uri, key };
}

export const readAddressKey = (text: string): string => readAddress(text).key;

function invalidUri(detail: string): Problem {
  const error: FieldError = { pointer: "/query/uri", detail };
  return new Problem("invalid-input", `The query parameter uri ${detail}`, { errors: [error] });
}
