import { invalidQuery } from "../../http/problem.ts";
import { identifyAddress } from "../../sip/uri.ts";

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
