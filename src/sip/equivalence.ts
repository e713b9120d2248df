import { canonicalHost } from "./hostname.ts";
import { foldCase, normaliseEscapes } from "./percent.ts";
import type { SipUri, UriHeader } from "./sip-uri.ts";
import { formatSubscriber, type TelUri } from "./tel.ts";

/**
 * If only one of two URIs has one of these parameters, they differ (RFC 3261 19.1.4). The RFC's list lacks `transport`,
 * but its examples have it.
 */
const neverIgnored = ["user", "ttl", "method", "maddr", "transport"];

/** The equality of RFC 3261 19.1.4 with RFC 5954 4.2, or of RFC 3966 4. It is not transitive for SIP. */
export function areEqual(a: SipUri | TelUri, b: SipUri | TelUri): boolean {
  if (a.kind === "tel" || b.kind === "tel") {
    return a.kind === "tel" && b.kind === "tel" && formatSubscriber(a) === formatSubscriber(b);
  }
  return (
    a.scheme === b.scheme &&
    normaliseOrNull(a.user) === normaliseOrNull(b.user) &&
    normaliseOrNull(a.password) === normaliseOrNull(b.password) &&
    canonicalHost(a.host) === canonicalHost(b.host) &&
    a.port === b.port &&
    haveEqualParams(a.params, b.params) &&
    comparableHeaders(a.headers) === comparableHeaders(b.headers)
  );
}

function normaliseOrNull(text: string | null): string | null {
  return text === null ? null : normaliseEscapes(text);
}

function haveEqualParams(a: SipUri["params"], b: SipUri["params"]): boolean {
  if (neverIgnored.some((name) => a.has(name) !== b.has(name))) return false;
  return [...a].every(
    ([name, value]) =>
      !b.has(name) || comparableValue(name, value) === comparableValue(name, b.get(name) ?? null),
  );
}

function comparableValue(name: string, value: string | null): string | null {
  if (value === null) return null;
  return name === "maddr" ? canonicalHost(foldCase(value)) : foldCase(value);
}

/** All headers count, in any order. Their values compare without case (RFC 3261 7.3.1). */
function comparableHeaders(headers: readonly UriHeader[]): string {
  return headers
    .map(({ name, value }) => `${foldCase(name)}=${foldCase(value)}`)
    .toSorted()
    .join("&");
}
