/** Limits on all rows of a header field, far above what SIP stacks send. `parameters` is the limit for each value. */
export const maxHeader = { characters: 16_384, values: 250, parameters: 100 } as const;

const folding = /\r?\n[ \t]+/g;
const quote = 0x22;
const less = 0x3c;
const backslash = 0x5c;

export interface Split {
  readonly parts: readonly string[];
  /** The text after the last separator if it has a quote or `<` that is never closed; null if all are closed. */
  readonly unclosed: string | null;
}

/** True if a field is too long, or has too many rows. */
export function isOverLimits(rows: readonly string[]): boolean {
  if (rows.length > maxHeader.values) return true;
  return rows.reduce((sum, row) => sum + row.length, 0) > maxHeader.characters;
}

/** Joins folded lines (RFC 3261 7.3.1) and removes the line's end. Other line breaks stay, and are invalid later. */
export function unfold(row: string): string {
  return trimLws(row.replace(folding, " ").replace(/\r?\n$/, ""));
}

/** Removes spaces and tabs at both ends. */
export function trimLws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isLws(text.charCodeAt(start))) start++;
  while (end > start && isLws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * Splits at separators outside of `"…"` (where a backslash escapes one character) and `<…>`. Stops early when there are
 * more than `limit` parts.
 */
export function splitOutside(text: string, separator: "," | ";", limit: number): Split {
  const separatorCode = separator.charCodeAt(0);
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length && parts.length <= limit; i++) {
    const code = text.charCodeAt(i);
    if (code === separatorCode) {
      parts.push(text.slice(start, i));
      start = i + 1;
    } else if (code === quote || code === less) {
      const end = code === quote ? closingQuote(text, i) : text.indexOf(">", i);
      if (end === -1) return { parts, unclosed: text.slice(start) };
      i = end;
    }
  }
  return { parts: [...parts, text.slice(start)], unclosed: null };
}

/** Splits a text at its first separator. Returns null if the text does not contain the separator. */
export function cut(text: string, separator: string): readonly [string, string | null] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

/** The index of the quote that closes the one at `open`, or -1. */
export function closingQuote(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) return i;
    if (code === backslash) i++;
  }
  return -1;
}

/** Removes the quotes of a quoted-string and the backslashes of its quoted-pairs (RFC 3261 25.1). */
export function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\([\s\S])/g, "$1");
}

function isLws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
