import { formatIp, type IpAddress, parseIpv4, parseIpv6 } from "./ip.ts";

/** A valid host: the value of an IP literal, or null for a name. */
export interface HostForm {
  readonly ip: IpAddress | null;
}

const labelText = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/;
const letterFirst = /^[A-Za-z]/;

/** `host` of RFC 3261 25.1 with RFC 5954: a name, dotted quad or bracketed IPv6. Null if it is invalid. */
export function parseHost(text: string): HostForm | null {
  if (text.startsWith("[") && text.endsWith("]")) {
    const ip = parseIpv6(text.slice(1, -1));
    return ip === null ? null : { ip };
  }
  const ip = parseIpv4(text);
  return ip !== null || isHostname(text) ? { ip } : null;
}

/**
 * `hostname` of RFC 3261 25.1: the top label starts with a letter (so `1.2.3.444` is not a name), and one trailing dot
 * is legal. Beyond the grammar we accept `_`, which is common in internal DNS, but not at the start of the top label.
 */
export function isHostname(text: string): boolean {
  const labels = withoutTrailingDot(text).split(".");
  return labels.every((label) => labelText.test(label)) && letterFirst.test(labels.at(-1) ?? "");
}

/** The host in a form to compare: IP literals by their value (RFC 5954 4.2), names in lower case. */
export function canonicalHost(host: string): string {
  const ip = parseHost(host)?.ip ?? null;
  if (ip === null) return host.toLowerCase();
  return ip.version === 6 ? `[${formatIp(ip)}]` : formatIp(ip);
}

export function withoutTrailingDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
