const width = 100;
const margin = "  ";

/** Columns are as wide as their widest cell. A column may have no title; no line ends in spaces. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    margin + cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  const rule = head.map((title, column) => (title === "" ? "" : "-".repeat(widths[column] ?? 0)));
  return [head, rule, ...rows].map((cells) => `${line(cells).trimEnd()}\n`).join("");
}

/** Wraps text at 100 columns and indents every line. */
export function paragraph(text: string, indent: string = margin): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    const longer = line === indent ? indent + word : `${line} ${word}`;
    if (longer.length <= width || line === indent) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = indent + word;
  }
  return [...lines, line].map((each) => `${each}\n`).join("");
}

export const heading = (text: string): string => `\n${text}\n\n`;
