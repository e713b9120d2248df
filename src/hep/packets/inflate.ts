import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";

/** SIP messages are smaller. A larger result is an attempt to fill memory. */
export const maxInflatedBytes = 65_535;

/** Inflates a payload in gzip, zlib or raw deflate form; null if it is invalid or too large. */
export function inflateMessage(bytes: Buffer): Buffer | null {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.length > 1 && bytes.readUInt16BE(0) % 31 === 0;
  const options = { maxOutputLength: maxInflatedBytes };
  try {
    if (isGzip) return gunzipSync(bytes, options);
    return isZlib ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
  } catch {
    return null;
  }
}
