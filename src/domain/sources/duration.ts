const units: readonly (readonly [string, number])[] = [
  ["days", 86_400],
  ["h", 3_600],
  ["min", 60],
];

/** A time span for people: "3.2 s", "4 min", "26 h", "3 days". Whole units from two minutes, hours or days on. */
export function describeSeconds(seconds: number): string {
  const [name, size] = units.find((unit) => seconds >= 2 * unit[1]) ?? ["s", 1];
  return size === 1 ? `${seconds} s` : `${Math.floor(seconds / size)} ${name}`;
}
