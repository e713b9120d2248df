import type { IpRange } from "../sip/ip.ts";
import { openVault, type Vault } from "../vault/vault.ts";
import { type RetryPolicy, standardPolicy } from "./policy.ts";
import { buildSender, type Sender } from "./sender.ts";

/** What sending webhooks needs besides the database. */
export interface Outbound {
  /** Null without SIPBOOK_SECRET_KEY: then no secret can be kept or read. */
  readonly vault: Vault | null;
  readonly sender: Sender;
  readonly policy: RetryPolicy;
}

export function buildOutbound(config: {
  readonly secretKey: string | null;
  readonly webhookAllowPrivate: readonly IpRange[];
}): Outbound {
  return {
    vault: config.secretKey === null ? null : openVault(config.secretKey),
    sender: buildSender({ allowed: config.webhookAllowPrivate }),
    policy: standardPolicy,
  };
}
