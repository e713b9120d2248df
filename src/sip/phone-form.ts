import { foldCase, unescapeUser } from "./percent.ts";
import type { SipUri } from "./sip-uri.ts";
import { parseSubscriber, type TelUri } from "./tel.ts";

/**
 * The phone number in the user part of a SIP URI (RFC 3261 19.1.6), if the URI has `user=phone` or the user part starts
 * with `+`. Null if it is not a valid number.
 */
export function findPhoneNumber(uri: SipUri): TelUri | null {
  if (uri.user === null) return null;
  const user = unescapeUser(uri.user);
  const claimed = foldCase(uri.params.get("user") ?? "") === "phone";
  return claimed || user.startsWith("+") ? parseSubscriber(user) : null;
}

/** True for a tel URI, and for a SIP URI whose user part is a phone number. */
export function isPhoneNumber(uri: SipUri | TelUri): boolean {
  return uri.kind === "tel" || findPhoneNumber(uri) !== null;
}
