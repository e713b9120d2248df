import { type Logger, pino } from "pino";

/** A logger whose lines a test can read. */
export function openLog(): { readonly log: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return { log: pino({ level: "info" }, { write: (line) => void lines.push(JSON.parse(line)) }), lines };
}
