import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { bytesOfBase64, findTimeFault, headerOf, type Scheme, wrongSignature } from "./scheme.ts";

/** The bytes before the 32 bytes of a key in its SubjectPublicKeyInfo (RFC 8410). */
const keyPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** Telnyx: ed25519 over `timestamp|body`. The secret is its public key, raw, in base64. */
export const ed25519: Scheme = {
  header: "telnyx-signature-ed25519",
  findFault(request, secrets, now) {
    const timestamp = headerOf(request, "telnyx-timestamp");
    const given = bytesOfBase64(headerOf(request, "telnyx-signature-ed25519") ?? "");
    if (given?.length !== 64) return "telnyx-signature-ed25519 must be there once, with 64 bytes in base64";
    const fault = findTimeFault(timestamp, now);
    if (fault !== null) return fault;
    const signed = Buffer.concat([Buffer.from(`${timestamp}|`), request.body]);
    const isRight = secrets.some((secret) => {
      const key = publicKeyOf(secret);
      return key !== null && verify(null, signed, key, given);
    });
    return isRight ? null : wrongSignature;
  },
};

/** Null if the text is not a key. */
export function publicKeyOf(text: string): KeyObject | null {
  const bytes = bytesOfBase64(text);
  if (bytes?.length !== 32) return null;
  try {
    return createPublicKey({ key: Buffer.concat([keyPrefix, bytes]), format: "der", type: "spki" });
  } catch {
    return null;
  }
}
