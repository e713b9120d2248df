import { invalidQuery } from "../../http/problem.ts";
import { matchKey, parseUri } from "../../sip/uri.ts";

type Identity =
  | { readonly key: string; readonly fault: null }
  | { readonly key: null; readonly fault: string };

/** The match key of an address, or why the text is not a valid address. */
export function identifyAddress(text: string): Identity {
  const uri = parseUri(text);
  if (uri === null) return { key: null, fault: "must be a sip, sips or tel URI" };
  const key = matchKey(uri);
  return key === null
    ? { key, fault: "names a route or an action, not an address (maddr, method or headers)" }
    : { key, fault: null };
}

/** Reads the address in `?uri=`, in any spelling. Throws invalid-input if it is not a valid address. */
export function readAddress(text: string): { readonly uri: string; readonly key: string } {
  // A + that the caller did not encode arrives as a space, which a SIP or tel URI cannot contain.
  const uri = text.trim().replaceAll(" ", "+");
  const { key, fault } = identifyAddress(uri);
  if (key === null) throw invalidQuery("uri", fault);
  return { uri, key };
}

export const readAddressKey = (text: string): string => readAddress(text).key;

/** The parameters that lists of events and of changes share. Throws as `readAddress` does. */
export function readRange({ uri, from, to }: { readonly [name in "uri" | "from" | "to"]?: string }) {
  return {
    key: uri === undefined ? undefined : readAddressKey(uri),
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}
