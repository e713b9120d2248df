/** The message of an error, in one line and without a stack. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // If a host has several addresses, Node's error has no message, but a code.
  const reason = error.message || ("code" in error ? String(error.code) : error.name);
  return reason.replaceAll(/\s*\n\s*/g, " ").trim();
}
