import { timingSafeEqual } from "node:crypto";
import { inflateMessage } from "./inflate.ts";

/** One mirrored message, as its capture agent saw it. */
export interface HepPacket {
  /** As `address:port`; IPv6 addresses in brackets. */
  readonly sender: string;
  readonly receiver: string;
  /** Milliseconds since 1970, by the agent's clock. */
  readonly at: number;
  /** The SIP message, byte by byte. */
  readonly payload: Buffer;
}

/** Why a packet is dropped. */
export type HepFault =
  | "not-hep"
  | "old-version"
  | "bad-length"
  | "bad-chunk"
  | "duplicate-chunk"
  | "wrong-key"
  | "no-payload"
  | "bad-compression"
  | "incomplete"
  | "not-sip";

export type DecodedHep =
  | { readonly kind: "packet"; readonly packet: HepPacket }
  | { readonly kind: "fault"; readonly fault: HepFault };

/** A HEPv3 header: "HEP3", and a length of 16 bits that includes the header. */
export const hepHeaderBytes = 6;
const magic = 0x48455033;

const chunkHeaderBytes = 6;
const chunk = {
  sourceV4: 0x03,
  destinationV4: 0x04,
  sourceV6: 0x05,
  destinationV6: 0x06,
  sourcePort: 0x07,
  destinationPort: 0x08,
  seconds: 0x09,
  microseconds: 0x0a,
  protocol: 0x0b,
  key: 0x0e,
  payload: 0x0f,
  compressed: 0x10,
} as const;

/** The size in bytes of chunks whose size is fixed. */
const sizes: Readonly<Record<number, number>> = {
  [chunk.sourceV4]: 4,
  [chunk.destinationV4]: 4,
  [chunk.sourceV6]: 16,
  [chunk.destinationV6]: 16,
  [chunk.sourcePort]: 2,
  [chunk.destinationPort]: 2,
  [chunk.seconds]: 4,
  [chunk.microseconds]: 4,
  [chunk.protocol]: 1,
};

const standardChunks = new Set<number>(Object.values(chunk));
const sip = 1;

/** The length in the header of a packet; null if the bytes do not start with a whole header. */
export function lengthOfPacket(bytes: Buffer): number | null {
  if (bytes.length < hepHeaderBytes || bytes.readUInt32BE(0) !== magic) return null;
  const length = bytes.readUInt16BE(4);
  return length < hepHeaderBytes ? null : length;
}

/**
 * Reads a HEPv3 packet. `key` is the authenticate key that agents must send; null accepts any key, or none. Chunks may
 * come in any order, and vendor chunks are skipped. A packet with a duplicate chunk is dropped, because we cannot know
 * which of two payloads is meant.
 */
export function decodeHep(bytes: Buffer, key: Buffer | null): DecodedHep {
  const length = lengthOfPacket(bytes);
  if (length === null) return fault(beginsOldVersion(bytes) ? "old-version" : "not-hep");
  if (length > bytes.length) return fault("bad-length");
  const chunks = readChunks(bytes, length);
  if (typeof chunks === "string") return fault(chunks);
  if (key !== null && !isSame(chunks.get(chunk.key), key)) return fault("wrong-key");
  if (chunks.get(chunk.protocol)?.[0] !== sip) return fault("not-sip");
  const payload = payloadOf(chunks);
  if (typeof payload === "string") return fault(payload);
  const [sender, receiver] = [endpointOf(chunks, sources), endpointOf(chunks, destinations)];
  const seconds = chunks.get(chunk.seconds)?.readUInt32BE();
  if (sender === null || receiver === null || seconds === undefined) return fault("incomplete");
  const microseconds = chunks.get(chunk.microseconds)?.readUInt32BE() ?? 0;
  const at = seconds * 1000 + Math.min(microseconds, 999_999) / 1000;
  return { kind: "packet", packet: { sender, receiver, at, payload } };
}

const fault = (why: HepFault): DecodedHep => ({ kind: "fault", fault: why });

/** HEPv1 and v2 start with the version and the length of their header: 16 or 28 bytes, with IPv6 40 or 52. */
const beginsOldVersion = (bytes: Buffer): boolean =>
  (bytes[0] === 1 || bytes[0] === 2) && [16, 28, 40, 52].includes(bytes[1] ?? 0);

type Chunks = ReadonlyMap<number, Buffer>;

function readChunks(bytes: Buffer, length: number): Chunks | HepFault {
  const chunks = new Map<number, Buffer>();
  for (let at = hepHeaderBytes; at < length; ) {
    if (length - at < chunkHeaderBytes) return "bad-chunk";
    const [vendor, type, size] = [
      bytes.readUInt16BE(at),
      bytes.readUInt16BE(at + 2),
      bytes.readUInt16BE(at + 4),
    ];
    if (size < chunkHeaderBytes || at + size > length) return "bad-chunk";
    if (vendor === 0 && standardChunks.has(type)) {
      if (chunks.has(type)) return "duplicate-chunk";
      const value = bytes.subarray(at + chunkHeaderBytes, at + size);
      if ((sizes[type] ?? value.length) !== value.length) return "bad-chunk";
      chunks.set(type, value);
    }
    at += size;
  }
  return chunks;
}

function payloadOf(chunks: Chunks): Buffer | HepFault {
  const [plain, compressed] = [chunks.get(chunk.payload), chunks.get(chunk.compressed)];
  if (plain !== undefined && compressed !== undefined) return "duplicate-chunk";
  if (compressed !== undefined) return inflateMessage(compressed) ?? "bad-compression";
  return plain ?? "no-payload";
}

const sources = { v4: chunk.sourceV4, v6: chunk.sourceV6, port: chunk.sourcePort } as const;
const destinations = {
  v4: chunk.destinationV4,
  v6: chunk.destinationV6,
  port: chunk.destinationPort,
} as const;

function endpointOf(chunks: Chunks, types: { v4: number; v6: number; port: number }): string | null {
  const [v4, v6, port] = [chunks.get(types.v4), chunks.get(types.v6), chunks.get(types.port)];
  if (port === undefined) return null;
  if (v4 !== undefined) return `${v4.join(".")}:${port.readUInt16BE()}`;
  return v6 === undefined ? null : `[${v6.toString("hex")}]:${port.readUInt16BE()}`;
}

/** Compares in constant time, so that the time does not show where they differ. */
function isSame(given: Buffer | undefined, key: Buffer): boolean {
  const padded = Buffer.alloc(key.length);
  given?.copy(padded);
  return timingSafeEqual(padded, key) && given?.length === key.length;
}
