import type { Vault } from "../vault/vault.ts";

/** The secrets that sign for a subscription, sealed. */
export interface SealedSecrets {
  readonly id: string;
  readonly secret: Uint8Array;
  /** Null where none signs beside it. */
  readonly previousSecret: Uint8Array | null;
}

/** The newest first. Null where that one cannot be read: a receiver may know no other by now. */
export function openSecrets(
  vault: Vault | null,
  { id, secret, previousSecret }: SealedSecrets,
): readonly string[] | null {
  const current = vault?.open(secret, id) ?? null;
  if (vault === null || current === null) return null;
  const previous = previousSecret === null ? null : vault.open(previousSecret, id);
  return previous === null ? [current] : [current, previous];
}
