import { formatIp, type IpAddress, parseIpv4, parseIpv6 } from "./ip.ts";

/** A host that the grammar allows: an IP literal by its value, or a name (`ip` null). */
export interface HostForm {
  readonly ip: IpAddress | null;
}

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;
const LETTER_FIRST = /^[A-Za-z]/;

/**
 * `host` of RFC 3261 25.1 with RFC 5954: a name, dotted quad or bracketed IPv6; null where it is none of
 * these.
 */
export function parseHost(text: string): HostForm | null {
  if (text.startsWith("[") && text.endsWith("]")) {
    const ip = parseIpv6(text.slice(1, -1));
    return ip === null ? null : { ip };
  }
  const ip = parseIpv4(text);
  return ip !== null || isHostname(text) ? { ip } : null;
}

/**
 * `hostname` of RFC 3261 25.1: the top label starts with a letter (so `1.2.3.444` is no name), one trailing
 * dot is legal. `_` is outside the grammar and common in internal DNS: taken as a letter, except in front of
 * the top label.
 */
export function isHostname(text: string): boolean {
  const labels = withoutTrailingDot(text).split(".");
  return labels.every((label) => LABEL.test(label)) && LETTER_FIRST.test(labels.at(-1) ?? "");
}

/** The host as it compares: IP literals by their value (RFC 5954 4.2), names without regard to case. */
export function canonicalHost(host: string): string {
  const ip = parseHost(host)?.ip ?? null;
  if (ip === null) return host.toLowerCase();
  return ip.version === 6 ? `[${formatIp(ip)}]` : formatIp(ip);
}

export function withoutTrailingDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
