/** What may be logged of a fault. */
export interface FaultDescription {
  readonly name: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly frames: readonly string[];
}

// Messages of the database, of Prisma and of JSON.parse quote what they choke on: numbers, names, bodies.
const quotesNothing = new Set(["TypeError", "RangeError", "ReferenceError", "AssertionError"]);

/** A fault without anything that came from a caller: its name, its code, and where in the program it happened. */
export function describeFault(error: unknown): FaultDescription {
  if (!(error instanceof Error)) return { name: typeof error, code: null, message: null, frames: [] };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    code: "code" in error && typeof error.code === "string" ? error.code : null,
    message: quotesNothing.has(error.name) ? error.message : null,
    frames: frames.slice(0, 12).map((line) => line.trim()),
  };
}
