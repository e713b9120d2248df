import type { IncomingHttpHeaders } from "node:http";
import { Problem } from "../../http/problem.ts";

/** The media type of each export format. */
export const mediaTypes = {
  ndjson: "application/x-ndjson",
  csv: "text/csv",
  vcard: "text/vcard",
  jscontact: "application/jscontact+json",
} as const;

export type ExportFormat = keyof typeof mediaTypes;
export const exportFormats: readonly ExportFormat[] = ["ndjson", "csv", "vcard", "jscontact"];

/** The format in the query, else the one that Accept prefers, else NDJSON. Throws not-acceptable. */
export function chooseFormat(named: ExportFormat | undefined, headers: IncomingHttpHeaders): ExportFormat {
  if (named !== undefined) return named;
  const ranges = readAccept(headers.accept ?? "*/*");
  const weigh = (format: ExportFormat): number => weightOf(ranges, mediaTypes[format]);
  const best = exportFormats.toSorted((a, b) => weigh(b) - weigh(a))[0];
  if (best !== undefined && weigh(best) > 0) return best;
  const offered = Object.values(mediaTypes).join(", ");
  throw new Problem(
    "not-acceptable",
    `Accept must contain one of ${offered}, or \`format\` must name the format`,
  );
}

interface Range {
  readonly type: string;
  readonly weight: number;
}

/** RFC 9110 12.5.1. */
function readAccept(header: string): readonly Range[] {
  return header.split(",", 100).map((range) => {
    const [type = "", ...params] = range.split(";").map((part) => part.trim().toLowerCase());
    const weight = params.find((param) => param.startsWith("q="))?.slice(2);
    return { type, weight: weight === undefined ? 1 : Number.parseFloat(weight) || 0 };
  });
}

/** The weight of the most specific range that matches the type. */
function weightOf(ranges: readonly Range[], type: string): number {
  const names = [type, `${type.replace(/\/.*/, "")}/*`, "*/*"];
  return (
    names
      .map((name) => ranges.find((range) => range.type === name)?.weight)
      .find((each) => each !== undefined) ?? 0
  );
}
