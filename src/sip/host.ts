import { withoutTrailingDot } from "./hostname.ts";
import type { SipUri } from "./sip-uri.ts";
import { isLocalIp } from "./special-ranges.ts";
import type { TelUri } from "./tel.ts";

export interface HostKind {
  /** An IP literal, not a name. */
  readonly literal: boolean;
  /** Has a meaning only inside the network in which it was seen. */
  readonly private: boolean;
}

/**
 * RFC 6761, RFC 6762, and `internal`, which ICANN reserved. `example` and `test` count as public names, because samples
 * and tests use them so.
 */
const privateSuffix = /\.(?:local|internal|invalid|localhost)$/;

/** What kind of host an address names; a tel URI counts as a public name. */
export function hostKind(uri: SipUri | TelUri): HostKind {
  if (uri.kind === "tel") return { literal: false, private: false };
  if (uri.ip !== null) return { literal: true, private: isLocalIp(uri.ip) };
  const name = withoutTrailingDot(uri.host).toLowerCase();
  return { literal: false, private: !name.includes(".") || privateSuffix.test(name) };
}
