import { createHmac, timingSafeEqual } from "node:crypto";

/** A request as its sender signed it. */
export interface SignedRequest {
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** The whole URLs that the sender may have used for this request. */
  readonly urls: readonly string[];
}

/** One way to sign a request. Pure. */
export interface Scheme {
  /** In lower case. A request with this header is signed by this scheme. */
  readonly header: string;
  /** Null if one of the secrets signed the request, else why not, for the person who sets up the sender. */
  findFault(request: SignedRequest, secrets: readonly string[], now: Date): string | null;
}

/** How far the clock of a sender may be off, and how old a request may be. */
export const windowSeconds = 300;

export const wrongSignature = "The signature is not of this request, or not by a secret of the source";

const maxHeaderLength = 4096;

/** Null unless the header occurs exactly once and is not too long. */
export function headerOf({ headers }: SignedRequest, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" && value.length <= maxHeaderLength ? value : null;
}

/** Null if `seconds` since 1970 is within the window around now. */
export function findTimeFault(seconds: string | null, now: Date, window = windowSeconds): string | null {
  if (seconds === null || !/^\d{1,12}$/.test(seconds))
    return "The time of the signature is not a number of seconds";
  const distance = Math.abs(now.getTime() / 1000 - Number(seconds));
  return distance <= window ? null : `The time of the signature is more than ${window} s away`;
}

export function hmac(
  algorithm: "sha1" | "sha256",
  key: string | Uint8Array,
  ...parts: (string | Uint8Array)[]
) {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** In constant time for values of equal length. */
export const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

/** Bytes in base64 or base64url, padded or not. Null for other text, and for text that no encoder would write. */
export function bytesOfBase64(text: string): Buffer | null {
  if (!/^[\w+/-]+={0,2}$/.test(text)) return null;
  const bare = text.replace(/=+$/, "");
  const bytes = Buffer.from(bare, "base64url");
  return [bytes.toString("base64url"), bytes.toString("base64").replace(/=+$/, "")].includes(bare)
    ? bytes
    : null;
}

/** Bytes in hex or in any base64. The length shows which one it is. */
export function bytesOfDigest(text: string, length: number): Buffer | null {
  const isHex = text.length === length * 2 && /^[\da-f]+$/i.test(text);
  return isHex ? Buffer.from(text, "hex") : bytesOfBase64(text);
}
