import type { ImportBody, ImportRowBody } from "../../wire/book/imports.ts";

/** The result of an import, in some lines. */
export function summaryOf({ id, state, counts, addresses, stopped, error }: ImportBody): string {
  const isPlan = state === "checked" || state === "stopped";
  const head = isPlan ? "It would change:" : "It changed:";
  const lines = [
    `Import ${id} is ${state}.`,
    ...(error === null ? [] : [error]),
    head,
    `  contacts   ${counts.create} new, ${counts.update} changed, ${counts.unchanged} unchanged, ${counts.archive} archived`,
    `  addresses  ${addresses.added} added, ${addresses.asserted} re-confirmed, ${addresses.removed} removed`,
    `  rows       ${counts.rejected} rejected, ${counts.warned} imported with a warning`,
    ...(stopped === null
      ? []
      : [
          `${stopped}.`,
          `To continue anyway: POST /v1/imports/${id}/proceed, or import with --allow-removals.`,
        ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** The first of `total` rows with problems, each with its place. */
export function rowLines(title: string, rows: readonly ImportRowBody[], total: number): string {
  if (rows.length === 0) return "";
  const lines = rows.map(({ place, problems }) => {
    const faults = problems.map(({ field, detail }) => `${field} ${detail}`.trim());
    return `  ${place}: ${faults.join("; ")}`;
  });
  const more = total > rows.length ? [`  and ${total - rows.length} more`] : [];
  return `${[title, ...lines, ...more].join("\n")}\n`;
}
