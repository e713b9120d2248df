/** Characters that make a cell a formula for a spreadsheet. */
const formula = /^'*[=+\-@\t\r]/;
const guarded = /^'+[=+\-@\t\r]/;

/**
 * Puts an apostrophe before a text that a spreadsheet would run as a formula. A URI begins with its scheme and never
 * needs one, so the number in tel:+44... stays as it is.
 */
export function guardCell(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/** The exact inverse of `guardCell`. */
export function unguardCell(text: string): string {
  return guarded.test(text) ? text.slice(1) : text;
}
