import type { ImportBody, ImportRowBody } from "../../wire/book/imports.ts";

/** What an import came to, in some lines. */
export function summaryOf({ id, state, counts, addresses, stopped, error }: ImportBody): string {
  const isPlan = state === "checked" || state === "stopped";
  const head = isPlan ? "It would come to:" : "It came to:";
  const lines = [
    `Import ${id} is ${state}.`,
    ...(error === null ? [] : [error]),
    head,
    `  contacts   ${counts.create} new, ${counts.update} changed, ${counts.unchanged} as before, ${counts.archive} archived`,
    `  addresses  ${addresses.added} added, ${addresses.asserted} set anew, ${addresses.removed} removed`,
    `  rows       ${counts.rejected} rejected, ${counts.warned} taken with a warning`,
    ...(stopped === null
      ? []
      : [
          `${stopped}.`,
          `To go on all the same: POST /v1/imports/${id}/proceed, or import with --allow-removals.`,
        ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** The first of `total` rows with something wrong, each with its place and what it is. */
export function rowLines(title: string, rows: readonly ImportRowBody[], total: number): string {
  if (rows.length === 0) return "";
  const lines = rows.map(({ place, problems }) => {
    const faults = problems.map(({ field, detail }) => `${field} ${detail}`.trim());
    return `  ${place}: ${faults.join("; ")}`;
  });
  const more = total > rows.length ? [`  and ${total - rows.length} more`] : [];
  return `${[title, ...lines, ...more].join("\n")}\n`;
}
