/** The binary value of an IP literal: 4 octets, or 8 groups of 16 bits. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly parts: readonly number[];
}

/** An address, or all addresses that share its first `prefix` bits. */
export interface IpRange {
  readonly start: IpAddress;
  readonly prefix: number;
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

/** Reads an address or a range in CIDR notation, such as `::1` or `127.0.0.0/8`; null if it is invalid. */
export function parseRange(text: string): IpRange | null {
  const [address = "", length, ...more] = text.split("/");
  const ip = parseIpv4(address) ?? parseIpv6(address);
  if (ip === null || more.length > 0 || !/^\d{1,3}$/.test(length ?? "0")) return null;
  const bits = ip.version === 4 ? 32 : 128;
  const prefix = Number(length ?? bits);
  const mapped = prefix < 96 ? null : mappedIpv4(ip);
  if (prefix > bits) return null;
  return mapped === null ? { start: ip, prefix } : { start: mapped, prefix: prefix - 96 };
}

/** An IPv6 address that maps an IPv4 address counts as the IPv4 address. */
export function isWithinAny(ip: IpAddress, ranges: readonly IpRange[]): boolean {
  const judged = mappedIpv4(ip) ?? ip;
  return ranges.some((range) => isWithin(judged, range));
}

function isWithin(ip: IpAddress, { start, prefix }: IpRange): boolean {
  if (ip.version !== start.version) return false;
  const width = ip.version === 4 ? 8 : 16;
  return ip.parts.every((part, i) => {
    const ignored = Math.min(width, Math.max(0, (i + 1) * width - prefix));
    return part >> ignored === (start.parts[i] ?? 0) >> ignored;
  });
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
