import type { Vault } from "../vault/vault.ts";

/** The sealed secrets that sign for a subscription. */
interface SealedSecrets {
  readonly id: string;
  readonly secret: Uint8Array;
  /** Null when no rotation is in progress. */
  readonly previousSecret: Uint8Array | null;
}

/** The newest first. Null if that one cannot be read: it may be the only one that the receiver still accepts. */
export function openSecrets(
  vault: Vault | null,
  { id, secret, previousSecret }: SealedSecrets,
): readonly string[] | null {
  const current = vault?.open(secret, id) ?? null;
  if (vault === null || current === null) return null;
  const previous = previousSecret === null ? null : vault.open(previousSecret, id);
  return previous === null ? [current] : [current, previous];
}
