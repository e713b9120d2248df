/** Whether a JSON value is nested at most so deep, and has at most so many values in all. Walks it without recursion. */
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
