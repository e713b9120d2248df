import { type FieldError, Problem } from "../http/problem.ts";
import { matchKey, parseUri } from "../sip/uri.ts";

/** The identity of the address that `?uri=` asks for, in any spelling. Throws invalid-input where it has none. */
export function readAddressKey(text: string): string {
  // A + that the caller did not encode arrives as a space, which no SIP or tel URI can hold.
  const uri = parseUri(text.trim().replaceAll(" ", "+"));
  if (uri === null) throw invalidUri("must be a sip, sips or tel URI");
  const key = matchKey(uri);
  if (key === null) throw invalidUri("identifies no address: it has headers, a method or maddr");
  return key;
}

function invalidUri(detail: string): Problem {
  const error: FieldError = { pointer: "/query/uri", detail };
  return new Problem("invalid-input", `The query parameter uri ${detail}`, { errors: [error] });
}
