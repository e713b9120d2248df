const escapes = /%[0-9A-Fa-f]{2}/g;
const unreserved = /^[A-Za-z0-9\-_.!~*'()]$/;
const userCharacter = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]$/;

/**
 * Escapes in the form to compare (RFC 3261 19.1.4): `%61` becomes `a`. A reserved character does not equal its escape,
 * so `%2b` only becomes `%2B`. Unescapes once only: `%2541` stays.
 */
export function normaliseEscapes(text: string): string {
  return unescapeWhere(text, unreserved);
}

/** Removes every escape that the user part does not need (RFC 3261 10.3 step 5): `%2B44` becomes `+44`. */
export function unescapeUser(user: string): string {
  return unescapeWhere(user, userCharacter);
}

/** The form to compare case-insensitive components: escapes normalised, letters in lower case. */
export function foldCase(text: string): string {
  return normaliseEscapes(text)
    .toLowerCase()
    .replace(escapes, (escape) => escape.toUpperCase());
}

function unescapeWhere(text: string, allowed: RegExp): string {
  return text.replace(escapes, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return allowed.test(character) ? character : escape.toUpperCase();
  });
}
