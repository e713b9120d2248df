import { type ContactValue, parseContactHeader } from "../../sip/contact.ts";
import { dialForm } from "../../sip/dial-form.ts";
import { hostKind } from "../../sip/host.ts";
import { matchKey, parseUri, type SipUri, type TelUri } from "../../sip/uri.ts";
import type { CallEvent, Target } from "./event.ts";
import type { HoldRule, RecordRule } from "./rules.ts";

/** The target of a 301, chosen from its Contacts. */
export type Choice =
  | { readonly kind: "none"; readonly rule: RecordRule }
  | { readonly kind: "doubtful"; readonly rule: HoldRule; readonly target: Target }
  | { readonly kind: "usable"; readonly target: Target };

interface RedirectCandidate {
  readonly contact: ContactValue;
  readonly uri: SipUri | TelUri;
  /** The address that the book would store. */
  readonly target: Target;
}

/** Picks the Contact with the highest q, the first of equals (RFC 3261 8.1.3.4), and asks whether it can be trusted. */
export function chooseTarget(event: CallEvent, requestKey: string): Choice {
  const usable = parseContactHeader(event.contacts)
    .map(toRedirectCandidate)
    .filter((candidate) => candidate !== null)
    .filter(({ contact }) => !isExpired(contact, event.expires));
  const [first, ...rest] = usable.filter(({ target }) => target.key !== requestKey);
  if (first === undefined)
    return { kind: "none", rule: usable.length > 0 ? "self-redirect" : "no-usable-contact" };
  const best = rest.reduce((a, b) => (preference(b) > preference(a) ? b : a), first);
  const rule = doubtAbout(best, event);
  return rule === null
    ? { kind: "usable", target: best.target }
    : { kind: "doubtful", rule, target: best.target };
}

function toRedirectCandidate(contact: ContactValue): RedirectCandidate | null {
  const uri = parseUri(contact.uri);
  if (uri === null || (uri.kind === "tel" && !uri.dialable)) return null;
  // A URI that names a route or an action is not an address, even if its dial form is one.
  if (matchKey(uri) === null) return null;
  const dialled = dialForm(uri);
  const key = matchKey(dialled);
  return key === null ? null : { contact, uri, target: { key, uri: dialled } };
}

/** RFC 3261 gives a missing q no value; practice takes 1. */
const preference = ({ contact }: RedirectCandidate): number => contact.q ?? 1;

/** The Contact's own expires, else the Expires header; a malformed value counts as an hour (RFC 3261 8.3). */
function isExpired(contact: ContactValue, expiresHeader: number | null): boolean {
  const own = contact.params["expires"];
  return own === undefined ? expiresHeader === 0 : /^0+$/.test(own ?? "");
}

function doubtAbout({ contact, uri }: RedirectCandidate, event: CallEvent): HoldRule | null {
  if (isDevice(uri, contact)) return "device-contact";
  if (isOtherParty(uri, contact)) return "other-party";
  if (event.diversion.length > 0) return "diversion";
  if (isWeakerHost(event.requestUri, uri)) return "weaker-host";
  return null;
}

/** One registered device, which disappears with its registration (RFC 5626, RFC 5627; softphones add rinstance). */
function isDevice(uri: SipUri | TelUri, { params }: ContactValue): boolean {
  return hasParam(uri, params, ["gr", "ob", "rinstance"]) || "+sip.instance" in params || "reg-id" in params;
}

/** mp names another user (RFC 7044); cause and target lead to a mailbox (RFC 4458). */
function isOtherParty(uri: SipUri | TelUri, { params }: ContactValue): boolean {
  return "mp" in params || hasParam(uri, params, ["cause", "target"]);
}

/** Without angle brackets a URI parameter is parsed as one of the Contact (RFC 8217), so both places are checked. */
function hasParam(uri: SipUri | TelUri, params: ContactValue["params"], names: readonly string[]): boolean {
  return names.some((name) => Object.hasOwn(params, name) || (uri.kind === "sip" && uri.params.has(name)));
}

/** From a domain to an IP literal, or from a public host to a private one. */
function isWeakerHost(requestUri: string, target: SipUri | TelUri): boolean {
  const from = parseUri(requestUri);
  if (from === null) return false;
  const [before, after] = [hostKind(from), hostKind(target)];
  return (after.literal && !before.literal) || (after.private && !before.private);
}
