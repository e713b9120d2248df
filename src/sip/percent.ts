const ESCAPE = /%[0-9A-Fa-f]{2}/g;
const UNRESERVED = /^[A-Za-z0-9\-_.!~*'()]$/;
const USER_CHARACTER = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]$/;

/**
 * Escapes in the form in which two components compare (RFC 3261 19.1.4): `%61` is `a`, while a reserved
 * character never equals its escape, so `%2b` stays, as `%2B`. Once only: `%2541` is `%2541`, not `A`.
 */
export function normaliseEscapes(text: string): string {
  return unescapeWhere(text, UNRESERVED);
}

/**
 * The user part with every escape gone that it can be written without (RFC 3261 10.3 step 5): `%2B44` is
 * `+44`.
 */
export function unescapeUser(user: string): string {
  return unescapeWhere(user, USER_CHARACTER);
}

/** The form in which case-insensitive components compare: escapes normalised, letters in lower case. */
export function foldCase(text: string): string {
  return normaliseEscapes(text)
    .toLowerCase()
    .replace(ESCAPE, (escape) => escape.toUpperCase());
}

function unescapeWhere(text: string, allowed: RegExp): string {
  return text.replace(ESCAPE, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return allowed.test(character) ? character : escape.toUpperCase();
  });
}
