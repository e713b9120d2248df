import { hmacSha256 } from "./hmac-sha256.ts";
import type { Scheme } from "./scheme.ts";
import { standardWebhooks } from "./standard-webhooks.ts";

/** How the requests of a dialect are signed. */
export interface Signing {
  /** Empty: nothing is signed. */
  readonly schemes: readonly Scheme[];
  /** Why a text cannot be a secret for these signatures, or null. `undefined` asks sipbook to make the secret. */
  findSecretFault(secret: string | undefined): string | null;
}

/** For PBXs that sign as they are configured to, and for scripts. */
export const ownSigning: Signing = {
  schemes: [hmacSha256, standardWebhooks],
  findSecretFault: (secret) =>
    secret === undefined || secret.length >= 16 ? null : "must have at least 16 characters",
};

/** For platforms that sign with a secret of their own; `what` names it. */
export const vendorSigning = (what: string, ...schemes: readonly Scheme[]): Signing => ({
  schemes,
  findSecretFault: (secret) => (secret === undefined ? `is required: ${what}` : null),
});
