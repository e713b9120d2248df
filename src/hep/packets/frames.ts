import { hepHeaderBytes, lengthOfPacket } from "./decode.ts";

/** Cuts a TCP stream into packets, by the length that each has in its header. */
export interface Frames {
  /** The packets that are whole by now; null: this is no stream of packets, and nothing after it can be trusted. */
  push(chunk: Buffer): readonly Buffer[] | null;
}

export function openFrames(): Frames {
  let rest: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const packets: Buffer[] = [];
      let at = 0;
      while (bytes.length - at >= hepHeaderBytes) {
        const length = lengthOfPacket(bytes.subarray(at));
        if (length === null) return null;
        if (bytes.length - at < length) break;
        packets.push(bytes.subarray(at, at + length));
        at += length;
      }
      // A copy, so that what was read already can go.
      rest = Buffer.from(bytes.subarray(at));
      return packets;
    },
  };
}
