/** The binary value of an IP literal: 4 octets, or 8 groups of 16 bits. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly parts: readonly number[];
}

const octetText = /^(?:0|[1-9][0-9]{0,2})$/;
const groupText = /^[0-9A-Fa-f]{1,4}$/;

/** Dotted quad without leading zeros (RFC 3986 3.2.2, for SIP by RFC 5954 4.1). */
export function parseIpv4(text: string): IpAddress | null {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => octetText.test(part) && Number(part) <= 255)) return null;
  return { version: 4, parts: parts.map(Number) };
}

/** IPv6 text without its brackets. A zone is invalid (RFC 3986 3.2.2, for SIP by RFC 5954 4.1). */
export function parseIpv6(text: string): IpAddress | null {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return null;
  const before = parseGroups(head, tail === undefined);
  const after = tail === undefined ? [] : parseGroups(tail, true);
  if (before === null || after === null) return null;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  return { version: 6, parts: [...before, ...Array.from({ length: missing }, () => 0), ...after] };
}

/** The IPv4 address inside `::ffff:0:0/96` (RFC 4291 2.5.5.2), or null. */
export function mappedIpv4(ip: IpAddress): IpAddress | null {
  const isMapped = ip.version === 6 && ip.parts.every((part, i) => i > 5 || part === (i === 5 ? 0xffff : 0));
  return isMapped
    ? { version: 4, parts: ip.parts.slice(6).flatMap((part) => [part >> 8, part & 0xff]) }
    : null;
}

/** The canonical text of an IP address (RFC 5952), IPv6 without brackets. */
export function formatIp(ip: IpAddress): string {
  if (ip.version === 4) return ip.parts.join(".");
  const mapped = mappedIpv4(ip);
  if (mapped !== null) return `::ffff:${formatIp(mapped)}`;
  const zeros = longestZeroRun(ip.parts);
  const hex = ip.parts.map((part) => part.toString(16));
  if (zeros.length < 2) return hex.join(":");
  return `${hex.slice(0, zeros.start).join(":")}::${hex.slice(zeros.start + zeros.length).join(":")}`;
}

function parseGroups(text: string, mayEndInIpv4: boolean): readonly number[] | null {
  if (text === "") return [];
  const groups = text.split(":");
  const last = groups.at(-1) ?? "";
  const ipv4 = mayEndInIpv4 && last.includes(".") ? parseIpv4(last) : null;
  const hex = ipv4 === null ? groups : groups.slice(0, -1);
  if (!hex.every((group) => groupText.test(group))) return null;
  const [a = 0, b = 0, c = 0, d = 0] = ipv4?.parts ?? [];
  const embedded = ipv4 === null ? [] : [(a << 8) | b, (c << 8) | d];
  return [...hex.map((group) => Number.parseInt(group, 16)), ...embedded];
}

function longestZeroRun(parts: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [i, part] of parts.entries()) {
    length = part === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i - length + 1, length };
  }
  return best;
}
