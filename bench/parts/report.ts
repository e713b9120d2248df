/** A table. All columns except the first are numbers, aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("   ");
  return [head, widths.map((width) => "-".repeat(width)), ...rows]
    .map((row) => `  ${line(row).trimEnd()}\n`)
    .join("");
}

/** The value that this share (0 to 1) of the values does not exceed; 0 if there are no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Formats a number with at least three digits and with thousands separators. */
export function figure(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `value` as a multiple of `of`. */
export const ratio = (value: number, of: number): string => `${(value / of).toFixed(1)}x`;
