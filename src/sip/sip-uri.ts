import { closingQuote, cut, splitOutside } from "./header-list.ts";
import { parseHost } from "./hostname.ts";
import type { IpAddress } from "./ip.ts";
import { foldCase } from "./percent.ts";

/** A sip or sips URI (RFC 3261 19.1.1), its parts as received and still escaped. */
export interface SipUri {
  readonly kind: "sip";
  readonly scheme: "sip" | "sips";
  /** A raw `#` in it has become `%23`. */
  readonly user: string | null;
  readonly password: string | null;
  /** With the brackets of an IPv6 literal; with a trailing dot, if it had one. */
  readonly host: string;
  /** The value of `host` if it is an IP literal, null if it is a name. */
  readonly ip: IpAddress | null;
  /** 0 to 65535; null if the URI has no port. */
  readonly port: number | null;
  /** By name in lower case; null for a parameter without value. A quoted value keeps its quotes. */
  readonly params: ReadonlyMap<string, string | null>;
  readonly headers: readonly UriHeader[];
}

export interface UriHeader {
  readonly name: string;
  readonly value: string;
}

const userPattern = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+$/;
const passwordPattern = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*$/;
/** The grammar of RFC 3261 has this colon by mistake (RFC 5118 4.10). */
const extraColon = /:::(?=[0-9]+\.[0-9.]+\])/;
const portPattern = /^[0-9]+$/;
const paramPattern = /^(?:[A-Za-z0-9\-_.!~*'()[\]/:&+$]|%[0-9A-Fa-f]{2})+$/;
/** Without `<` and `>`, because no header field could carry such a URI. */
const quotedValue = /^"(?:[ !#-;=?-[\]-~]|\\[ -;=?-~])*"$/;
const headerPattern = /^(?:[A-Za-z0-9\-_.!~*'()[\]/?:+$]|%[0-9A-Fa-f]{2})*$/;

/**
 * Reads the text after `sip:` or `sips:` (RFC 3261 25.1, RFC 5954, RFC 8217); null if it is invalid. Beyond the grammar
 * it accepts what phones and PBXs send: a raw `#` in the user part, an empty port, empty parameters, a quoted parameter
 * value, `:::` before the IPv4 tail of an IPv6 literal. A duplicate parameter is invalid (19.1.1).
 */
export function parseSipUri(scheme: "sip" | "sips", text: string): SipUri | null {
  const at = findAt(text);
  const userinfo = at === -1 ? { user: null, password: null } : parseUserinfo(text.slice(0, at));
  const { hostport, params: paramText, headers: headerText } = splitAfterUser(text.slice(at + 1));
  const place = parseHostport(hostport);
  const params = parseParams(paramText);
  const headers = headerText === null ? [] : parseHeaders(headerText);
  if (userinfo === null || place === null || params === null || headers === null) return null;
  return { kind: "sip", scheme, ...userinfo, ...place, params, headers };
}

/** Finds the only unescaped `@` (RFC 3261 25.1). One in a quoted parameter value does not count. */
function findAt(text: string): number {
  const at = text.indexOf("@");
  const quote = text.indexOf('"');
  return quote !== -1 && quote < at ? -1 : at;
}

function parseUserinfo(text: string): Pick<SipUri, "user" | "password"> | null {
  const [rawUser, password] = cut(text, ":");
  const user = rawUser.replaceAll("#", "%23");
  if (!userPattern.test(user) || (password !== null && !passwordPattern.test(password))) return null;
  return { user, password };
}

function splitAfterUser(text: string) {
  const hostEnd = text.search(/[;?]/);
  if (hostEnd === -1) return { hostport: text, params: "", headers: null };
  const query = findQuery(text, hostEnd);
  return {
    hostport: text.slice(0, hostEnd),
    params: text.slice(hostEnd, query === -1 ? undefined : query),
    headers: query === -1 ? null : text.slice(query + 1),
  };
}

/** The first `?` from `start` on that is outside of a quoted parameter value, or -1. */
function findQuery(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    if (text[i] === "?") return i;
    if (text[i] === '"') i = closingQuote(text, i);
    if (i === -1) return -1;
  }
  return -1;
}

function parseHostport(received: string): Pick<SipUri, "host" | "ip" | "port"> | null {
  const text = received.replace(extraColon, "::");
  const colon = text.indexOf(":", text.lastIndexOf("]") + 1);
  const host = colon === -1 ? text : text.slice(0, colon);
  const portText = colon === -1 ? "" : text.slice(colon + 1);
  const form = parseHost(host);
  if (form === null) return null;
  if (portText === "") return { host, ip: form.ip, port: null };
  const port = portPattern.test(portText) ? Number(portText) : Number.NaN;
  return port <= 65_535 ? { host, ip: form.ip, port } : null;
}

function parseParams(text: string): ReadonlyMap<string, string | null> | null {
  const params = new Map<string, string | null>();
  const { parts, unclosed } = splitOutside(text, ";", text.length);
  if (unclosed !== null) return null;
  for (const part of parts) {
    if (part === "") continue;
    const [name, value] = cut(part, "=");
    const key = foldCase(name);
    if (!paramPattern.test(name) || params.has(key) || !isParamValue(value)) return null;
    params.set(key, value);
  }
  return params;
}

function isParamValue(value: string | null): boolean {
  return value === null || paramPattern.test(value) || quotedValue.test(value);
}

function parseHeaders(text: string): readonly UriHeader[] | null {
  const headers: UriHeader[] = [];
  for (const part of text.split("&")) {
    const [name, value] = cut(part, "=");
    if (name === "" || value === null || !headerPattern.test(name) || !headerPattern.test(value)) return null;
    headers.push({ name, value });
  }
  return headers;
}
