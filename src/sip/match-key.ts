import { canonicalHost, withoutTrailingDot } from "./hostname.ts";
import { foldCase, unescapeUser } from "./percent.ts";
import { findPhoneNumber } from "./phone-form.ts";
import type { SipUri } from "./sip-uri.ts";
import { formatSubscriber, type TelUri } from "./tel.ts";

/** Change this with every change to the rules below, so that keys of different rules never match. */
const keyVersion = "k1";

/**
 * The identity of an address: printable ASCII, opaque, never to be parsed.
 *
 * No key can follow RFC 3261 19.1.4, because its equality is not transitive. The key is the coarser index of RFC 3261
 * 10.3 step 5. It drops parameters, the password and a default port, and resolves escapes. It treats sip and sips as
 * one resource (RFC 5630 5.2). It keeps `gr`, because a GRUU names one device of many (RFC 5627). A URI with headers,
 * `method` or `maddr` is a route or an action, so it has no key.
 */
export function buildKey(uri: SipUri | TelUri): string | null {
  if (uri.kind === "tel") return `${keyVersion}|tel:${formatSubscriber(uri)}`;
  if (uri.headers.length > 0 || uri.params.has("method") || uri.params.has("maddr")) return null;
  const host = canonicalHost(withoutTrailingDot(uri.host));
  return `${keyVersion}|sip:${keyUser(uri)}${host}${keyPort(uri)}${keyDevice(uri)}`;
}

function keyUser(uri: SipUri): string {
  if (uri.user === null) return "";
  const number = findPhoneNumber(uri);
  return `${number === null ? unescapeUser(uri.user) : formatSubscriber(number)}@`;
}

function keyPort({ scheme, port, params }: SipUri): string {
  const isSecure = scheme === "sips" || foldCase(params.get("transport") ?? "") === "tls";
  return port === null || port === (isSecure ? 5061 : 5060) ? "" : `:${port}`;
}

function keyDevice({ params }: SipUri): string {
  const device = params.get("gr");
  if (device === undefined) return "";
  return device === null ? ";gr" : `;gr=${foldCase(device)}`;
}
