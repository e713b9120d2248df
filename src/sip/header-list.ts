/**
 * Bounds on a header field, over all of its rows, far above what SIP stacks send. `parameters` is for each
 * value.
 */
export const HEADER_LIMITS = { characters: 16_384, values: 250, parameters: 100 } as const;

const FOLD = /\r?\n[ \t]+/g;
const QUOTE = 0x22;
const LESS = 0x3c;
const BACKSLASH = 0x5c;

export interface Split {
  readonly parts: readonly string[];
  /**
   * What follows the last separator where a quote or `<` in it is never closed; null where all are closed.
   */
  readonly unclosed: string | null;
}

/** True where a field is too long, or has too many rows, to be read at all. */
export function isOverLimits(rows: readonly string[]): boolean {
  if (rows.length > HEADER_LIMITS.values) return true;
  return rows.reduce((sum, row) => sum + row.length, 0) > HEADER_LIMITS.characters;
}

/**
 * Folded lines as one (RFC 3261 7.3.1), with the line's own end gone. A line break that is no fold stays, and
 * is no legal character.
 */
export function unfold(row: string): string {
  return trimLws(row.replace(FOLD, " ").replace(/\r?\n$/, ""));
}

/** Without spaces and tabs at both ends. */
export function trimLws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isLws(text.charCodeAt(start))) start++;
  while (end > start && isLws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * Splits at separators that stand neither in `"…"` (where a backslash escapes one character) nor in `<…>`.
 * Stops early once there are more than `limit` parts.
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
    } else if (code === QUOTE || code === LESS) {
      const end = code === QUOTE ? closingQuote(text, i) : text.indexOf(">", i);
      if (end === -1) return { parts, unclosed: text.slice(start) };
      i = end;
    }
  }
  return { parts: [...parts, text.slice(start)], unclosed: null };
}

/** The index of the quote that closes the one at `open`, or -1. */
export function closingQuote(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i++;
  }
  return -1;
}

/**
 * The content of a quoted-string, without its quotes and with each quoted-pair as its character (RFC 3261
 * 25.1).
 */
export function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\([\s\S])/g, "$1");
}

function isLws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
