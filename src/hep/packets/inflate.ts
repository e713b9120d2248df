import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";

/** A SIP message over any transport is smaller; what grows beyond it was made to fill memory. */
export const mostInflatedBytes = 65_535;

/** The compressed payload of a packet, in whichever form its agent made; null where it is none, or too large. */
export function inflateMessage(bytes: Buffer): Buffer | null {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const isZlib = ((bytes[0] ?? 0) & 0x0f) === 8 && bytes.length > 1 && bytes.readUInt16BE(0) % 31 === 0;
  const options = { maxOutputLength: mostInflatedBytes };
  try {
    if (isGzip) return gunzipSync(bytes, options);
    return isZlib ? inflateSync(bytes, options) : inflateRawSync(bytes, options);
  } catch {
    return null;
  }
}
