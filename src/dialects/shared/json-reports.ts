import { events, type Translation } from "./dialect.ts";
import { readJson } from "./values.ts";

const mostRefused = 50;

/** What the reports in a JSON body tell, of which each is read by itself. */
export function readReports(body: string, read: (report: unknown) => Translation): Translation {
  const json = readJson(body);
  return json.kind === "value" ? readEach(json.value, read) : json;
}

/**
 * What a report tells, or each one in a list of them. Where one of them cannot be read, none is taken: the body is kept as
 * one, and is read again as one.
 */
export function readEach(value: unknown, read: (report: unknown) => Translation): Translation {
  if (!Array.isArray(value) || value.length === 0) return read(value);
  const translations = value.map((report) => read(report));
  const refused = translations.flatMap(({ kind }, i) => (kind === "events" || kind === "ignored" ? [] : [i]));
  if (refused.length > 0) {
    const detail = "cannot be read; sent alone, it is told what it lacks";
    const errors = refused.slice(0, mostRefused).map((i) => ({ pointer: `/${i}`, detail }));
    return { kind: "invalid", errors };
  }
  const told = translations.flatMap((each) => (each.kind === "events" ? each.events : []));
  const [first] = translations;
  return told.length > 0 || first === undefined ? events(...told) : first;
}
