/** What makes a spreadsheet take a cell for a formula. */
const FORMULA = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

/**
 * A text that no spreadsheet runs: an apostrophe before what would begin a formula. A URI begins with its scheme
 * and never needs one, so that the number in tel:+44... is exactly that.
 */
export function guardCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that was guarded: exactly the inverse of `guardCell`. */
export function unguardCell(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text;
}
