import { events, type Translation } from "./dialect.ts";
import { readJson } from "./values.ts";

const maxErrors = 50;

/** Parses a JSON body and reads each report in it on its own. */
export function readReports(body: string, read: (report: unknown) => Translation): Translation {
  const json = readJson(body);
  return json.kind === "value" ? readEach(json.value, read) : json;
}

/**
 * Reads one report, or every report of a list. If one report cannot be read, none is taken: the body is kept whole, and
 * is replayed whole.
 */
export function readEach(value: unknown, read: (report: unknown) => Translation): Translation {
  if (!Array.isArray(value) || value.length === 0) return read(value);
  const translations = value.map((report) => read(report));
  const refused = translations.flatMap(({ kind }, i) => (kind === "events" || kind === "ignored" ? [] : [i]));
  if (refused.length > 0) {
    const detail = "cannot be read; sent alone, it is told what it lacks";
    const errors = refused.slice(0, maxErrors).map((i) => ({ pointer: `/${i}`, detail }));
    return { kind: "invalid", errors };
  }
  const found = translations.flatMap((each) => (each.kind === "events" ? each.events : []));
  const [first] = translations;
  return found.length > 0 || first === undefined ? events(...found) : first;
}
