import type { SipUri } from "./sip-uri.ts";
import { formatSubscriber, type TelUri } from "./tel.ts";

const KEPT_PARAMS = ["transport", "user"];

/**
 * The text that is written to the book when an address moves here. A redirected request keeps nearly all of
 * the URI (RFC 3261 8.1.3.4), a book outlives the call: only `transport` and `user` stay of the parameters,
 * and no password, headers or device. It is acceptable to parseUri, and has the key of `uri` unless that was
 * a GRUU or had none.
 */
export function dialForm(uri: SipUri | TelUri): string {
  if (uri.kind === "tel") return `tel:${formatSubscriber(uri)}`;
  const user = uri.user === null ? "" : `${uri.user}@`;
  const port = uri.port === null ? "" : `:${uri.port}`;
  const params = KEPT_PARAMS.map((name) => formatParam(uri, name)).join("");
  return `${uri.scheme}:${user}${uri.host}${port}${params}`;
}

function formatParam(uri: SipUri, name: string): string {
  const value = uri.params.get(name);
  if (value === undefined || value === null) return "";
  // A quoted value was tolerated, not legal: the book's own text keeps to the grammar.
  return value.startsWith('"') ? "" : `;${name}=${value}`;
}
