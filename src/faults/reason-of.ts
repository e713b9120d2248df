/** What went wrong, in one line and without a stack. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports a host with several addresses as an error without words, but with a code.
  const reason = error.message || ("code" in error ? String(error.code) : error.name);
  return reason.replaceAll(/\s*\n\s*/g, " ").trim();
}
