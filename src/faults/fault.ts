/** The parts of a fault that may be logged. */
interface FaultDescription {
  readonly name: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly frames: readonly string[];
}

// Messages of the database, of Prisma and of JSON.parse may quote the input: numbers, names, bodies.
const quotesNothing = new Set(["TypeError", "RangeError", "ReferenceError", "AssertionError"]);

/** Describes a fault by its name, code and stack frames, without any data from a caller. */
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
