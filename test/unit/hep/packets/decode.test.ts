import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import {
  array,
  assert as check,
  integer,
  nat,
  property,
  shuffledSubarray,
  tuple,
  uint8Array,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHep } from "../../../../src/hep/packets/decode.ts";
import { maxInflatedBytes } from "../../../../src/hep/packets/inflate.ts";
import { type Chunk, chunksOf, mirror, packetOf } from "../../../support/pbx/hep.ts";

const at = Date.UTC(2026, 10, 22, 10, 0, 0) + 323.273;
const message = "SIP/2.0 410 Gone\r\n\r\n";
const mirrored = {
  sender: "127.0.0.1:15071",
  receiver: "10.0.0.2:5060",
  at,
  key: "lab-hep-key",
  payload: message,
};
const chunks = chunksOf(mirrored);
const without = (type: number) => chunks.filter(([, each]) => each !== type);
const withChunk = (...more: readonly Chunk[]) => packetOf([...chunks, ...more]);
const key = Buffer.from("lab-hep-key");

/** The payload as text, or the fault. */
const decoded = (bytes: Buffer, secret: Buffer | null = null): string => {
  const read = decodeHep(bytes, secret);
  return read.kind === "fault" ? read.fault : read.packet.payload.toString("latin1");
};

test("a packet has the message with its sender, receiver and time", () => {
  const read = decodeHep(mirror(mirrored), null);
  expect(read).toEqual({
    kind: "packet",
    packet: {
      sender: "127.0.0.1:15071",
      receiver: "10.0.0.2:5060",
      at: expect.closeTo(at, 3),
      payload: Buffer.from(message),
    },
  });
});

test("chunks may come in any order", () => {
  const orders = shuffledSubarray([...chunks], { minLength: chunks.length });
  check(
    property(orders, (order) => {
      expect(decoded(packetOf(order), key)).toBe(message);
    }),
  );
});

// a packet with … is …
const packets: [string, Buffer, string][] = [
  ["no chunks", packetOf([]), "not-sip"],
  [
    "IPv6 addresses",
    packetOf([
      ...without(3).filter(([, type]) => type !== 4),
      [0, 5, Buffer.alloc(16)],
      [0, 6, Buffer.alloc(16, 1)],
    ]),
    message,
  ],
  [
    "chunks of vendors with the same types",
    withChunk([3, 15, Buffer.from("x")], [2, 14, Buffer.from("x")]),
    message,
  ],
  ["unknown chunks", withChunk([0, 0x29, Buffer.from("x")], [0, 999, Buffer.alloc(0)]), message],
  ["more bytes after its end", Buffer.concat([mirror(mirrored), Buffer.from("rest")]), message],
  ["two payloads", withChunk([0, 15, Buffer.from("INVITE")]), "duplicate-chunk"],
  ["two keys", withChunk([0, 14, key]), "duplicate-chunk"],
  ["a plain and a compressed payload", withChunk([0, 16, gzipSync("x")]), "duplicate-chunk"],
  ["a payload in gzip", packetOf([...without(15), [0, 16, gzipSync(message)]]), message],
  ["a payload in zlib", packetOf([...without(15), [0, 16, deflateSync(message)]]), message],
  ["a payload in raw deflate", packetOf([...without(15), [0, 16, deflateRawSync(message)]]), message],
  [
    "an invalid compressed payload",
    packetOf([...without(15), [0, 16, Buffer.from("rubbish")]]),
    "bad-compression",
  ],
  [
    "a payload that inflates above the limit",
    packetOf([...without(15), [0, 16, gzipSync(Buffer.alloc(maxInflatedBytes + 1))]]),
    "bad-compression",
  ],
  ["no payload", packetOf(without(15)), "no-payload"],
  ["no addresses", packetOf(without(3)), "incomplete"],
  ["no port", packetOf(without(8)), "incomplete"],
  ["no time", packetOf(without(9)), "incomplete"],
  ["no microseconds", packetOf(without(10)), message],
  ["no protocol", packetOf(without(11)), "not-sip"],
  ["RTCP inside", packetOf([...without(11), [0, 11, Buffer.from([5])]]), "not-sip"],
  ["an address of three bytes", packetOf([...without(3), [0, 3, Buffer.alloc(3)]]), "bad-chunk"],
  ["a length beyond its end", mirror(mirrored).subarray(0, -1), "bad-length"],
  ["a length of 0", Buffer.from("HEP3\0\0"), "not-hep"],
  ["a chunk shorter than its header", Buffer.from("HEP3\0\x0c\0\0\0\x01\0\x05", "latin1"), "bad-chunk"],
  ["a chunk that is cut off", Buffer.from("HEP3\0\x09\0\0\0", "latin1"), "bad-chunk"],
  [
    "a chunk that is longer than the packet",
    Buffer.from("HEP3\0\x0d\0\0\0\x01\0\x08\x02", "latin1"),
    "bad-chunk",
  ],
  ["the form of version 1", Buffer.concat([Buffer.from([1, 16, 2, 17]), Buffer.alloc(24)]), "old-version"],
  ["the form of version 2", Buffer.concat([Buffer.from([2, 28, 2, 17]), Buffer.alloc(40)]), "old-version"],
  ["plain SIP instead of HEP", Buffer.from(message), "not-hep"],
  ["no bytes", Buffer.alloc(0), "not-hep"],
];
test.for(packets)("a packet with %s is read or refused", ([, bytes, expected]) => {
  expect(decoded(bytes)).toBe(expected);
});

describe("if agents must send a key", () => {
  const keyed = (value: string | undefined) =>
    mirror(value === undefined ? { ...mirrored, key: "" } : { ...mirrored, key: value });
  const keys: [string, Buffer, string][] = [
    ["the correct key", mirror(mirrored), message],
    ["no key", packetOf(without(14)), "wrong-key"],
    ["an empty key", keyed(""), "wrong-key"],
    ["a longer key", keyed("lab-hep-key "), "wrong-key"],
    ["a shorter key", keyed("lab-hep-ke"), "wrong-key"],
    ["another key", keyed("lab-hep-kez"), "wrong-key"],
    ["a key with a zero byte after it", keyed("lab-hep-key\0"), "wrong-key"],
  ];
  test.for(keys)("a packet with %s is read or refused", ([, bytes, expected]) => {
    expect(decoded(bytes, key)).toBe(expected);
  });
});

test("random bytes never throw: each packet is read, or has a fault", () => {
  const header = integer({ min: 0, max: 80 });
  const packet = tuple(header, uint8Array({ maxLength: 80 })).map(([length, bytes]) =>
    Buffer.concat([Buffer.from("HEP3"), Buffer.from([0, length]), bytes]),
  );
  check(
    property(packet, (bytes) => {
      expect(decodeHep(bytes, null).kind).toMatch(/^(packet|fault)$/);
    }),
    { numRuns: 1000 },
  );
  const flips = array(tuple(nat({ max: 400 }), integer({ min: 0, max: 255 })), { maxLength: 8 });
  check(
    property(flips, (changes) => {
      const bytes = mirror(mirrored);
      for (const [place, value] of changes) bytes[place % bytes.length] = value;
      expect(decodeHep(bytes, key).kind).toMatch(/^(packet|fault)$/);
    }),
  );
});
