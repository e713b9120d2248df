import { openVault } from "../../../src/vault/vault.ts";
import type { Outbound } from "../../../src/webhooks/outbound.ts";
import { type RetryPolicy, standardPolicy } from "../../../src/webhooks/policy.ts";
import { buildSender, type SenderOptions } from "../../../src/webhooks/sender.ts";
import { rangesOf } from "./ranges.ts";

const vault = openVault("a secret key for tests");
const loopback = rangesOf("127.0.0.0/8", "::1");

/** Webhooks as in production but also to this machine, with the changes that a test needs. */
export function makeOutbound({
  policy,
  sender,
}: {
  readonly policy?: Partial<RetryPolicy>;
  readonly sender?: Partial<SenderOptions>;
} = {}): Outbound {
  return {
    vault,
    sender: buildSender({ allowed: loopback, ...sender }),
    policy: { ...standardPolicy, ...policy },
  };
}

export const testOutbound = makeOutbound();
