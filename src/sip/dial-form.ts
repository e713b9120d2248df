import type { SipUri } from "./sip-uri.ts";
import { formatSubscriber, type TelUri } from "./tel.ts";

const keptParams = ["transport", "user"];

/**
 * The text that is written to the book when an address moves here. The book outlives the call, so it keeps only the
 * parameters `transport` and `user`, and no password, headers or device. parseUri accepts the text, and it has the
 * same key as `uri`, unless `uri` is a GRUU or has no key.
 */
export function dialForm(uri: SipUri | TelUri): string {
  if (uri.kind === "tel") return `tel:${formatSubscriber(uri)}`;
  const user = uri.user === null ? "" : `${uri.user}@`;
  const port = uri.port === null ? "" : `:${uri.port}`;
  const params = keptParams.map((name) => formatParam(uri, name)).join("");
  return `${uri.scheme}:${user}${uri.host}${port}${params}`;
}

function formatParam(uri: SipUri, name: string): string {
  const value = uri.params.get(name);
  if (value === undefined || value === null) return "";
  // parseUri tolerates a quoted value, but the grammar does not allow it.
  return value.startsWith('"') ? "" : `;${name}=${value}`;
}
