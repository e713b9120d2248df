import { createHash } from "node:crypto";

/** SHA-256 over parts, hex: the same for the same parts. */
export const hashOf = (...parts: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex");
