import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

/** Encrypts secrets that must be read back. A secret sealed for one id cannot be opened for another. */
export interface Vault {
  seal(secret: string, id: string): Uint8Array<ArrayBuffer>;
  /** Null if it was sealed with another key or for another id, or is damaged. */
  open(sealed: Uint8Array, id: string): string | null;
}

const form = 1;
const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM. The key is derived from SIPBOOK_SECRET_KEY with scrypt, since that may be a passphrase. */
export function openVault(secretKey: string): Vault {
  const key = scryptSync(secretKey, "sipbook webhook secrets", 32);
  return {
    seal: (secret, id) => {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(id));
      const hidden = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
      return Uint8Array.from([form, ...iv, ...cipher.getAuthTag(), ...hidden]);
    },
    open: (sealed, id) => {
      const iv = sealed.subarray(1, 1 + ivBytes);
      const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
      if (sealed[0] !== form || tag.length !== tagBytes) return null;
      const decipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(id)).setAuthTag(tag);
      try {
        const hidden = sealed.subarray(1 + ivBytes + tagBytes);
        return Buffer.concat([decipher.update(hidden), decipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },
  };
}

/** A signing secret in the format of Standard Webhooks: 32 random bytes. */
export const makeSigningSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;
