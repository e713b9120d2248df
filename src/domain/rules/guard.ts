import { isPhoneNumber } from "../../sip/phone-form.ts";
import { parseUri } from "../../sip/uri.ts";
import type { HoldRule } from "./rules.ts";

/** Why a move must wait for a person, given the address at the time of the event, or null. */
export function guardMove(fromUri: string, toUri: string): HoldRule | null {
  const [from, to] = [parseUri(fromUri), parseUri(toUri)];
  if (from === null || to === null) return null;
  if (isPhoneNumber(to) && !isPhoneNumber(from)) return "first-phone-number";
  const isSecure = from.kind === "sip" && from.scheme === "sips";
  const staysSecure = to.kind === "sip" && to.scheme === "sips";
  return isSecure && !staysSecure ? "sips-downgrade" : null;
}
