import { type LevelWithSilent, type Logger, pino } from "pino";

/** A logger whose lines a test can read. */
export function openLog(level: LevelWithSilent = "info"): {
  readonly log: Logger;
  readonly lines: Record<string, unknown>[];
} {
  const lines: Record<string, unknown>[] = [];
  return { log: pino({ level }, { write: (line) => void lines.push(JSON.parse(line)) }), lines };
}
