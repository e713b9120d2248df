import { hepHeaderBytes, lengthOfPacket } from "./decode.ts";

/** Cuts a TCP stream into packets, by the length in each header. */
export interface Frames {
  /** The packets that are complete now; null if this is not a stream of packets, so that the rest cannot be read. */
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
      // Copied, so that the packets already read can be freed.
      rest = Buffer.from(bytes.subarray(at));
      return packets;
    },
  };
}
