/** Whether a JSON value keeps within the limits of depth and total values. Does not recurse. */
export function isWithin(
  value: unknown,
  limit: { readonly depth: number; readonly values: number },
): boolean {
  let level: readonly unknown[] = [value];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    count += level.length;
    if (depth > limit.depth || count > limit.values) return false;
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return true;
}
