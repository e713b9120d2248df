import { setTimeout as sleep } from "node:timers/promises";
import { array, assert as check, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import type { BranchOutcome } from "../../../src/hep/calls/branch-outcome.ts";
import { sumDrops } from "../../../src/hep/kernel-drops.ts";
import { openFrames } from "../../../src/hep/packets/frames.ts";
import { allowPeers } from "../../../src/hep/peers.ts";
import { openSink } from "../../../src/hep/sink.ts";
import { mirror } from "../../support/pbx/hep.ts";
import { rangesOf } from "../../support/pbx/ranges.ts";

const packet = (n: number) =>
  mirror({ sender: "127.0.0.1:1", receiver: "127.0.0.1:2", at: 1e12, payload: "x".repeat(n * 37) });

describe("a TCP stream", () => {
  test("is cut into its packets, however the network splits it", () => {
    const packets = [1, 0, 30, 2].map(packet);
    const stream = Buffer.concat(packets);
    check(
      property(array(integer({ min: 1, max: stream.length }), { maxLength: 12 }), (cuts) => {
        const frames = openFrames();
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const found = places.flatMap(
          (place, i) => frames.push(stream.subarray(place, places[i + 1] ?? place)) ?? [],
        );
        expect(found).toEqual(packets);
      }),
    );
  });

  test("that is not HEP is refused", () => {
    expect(openFrames().push(Buffer.from("GET / HTTP/1.1\r\n"))).toBeNull();
    const frames = openFrames();
    expect(frames.push(Buffer.concat([packet(1), Buffer.from("HE")]))).toHaveLength(1);
    expect(frames.push(Buffer.from("LP\0\x09"))).toBeNull();
  });
});

test("only configured peers may send", () => {
  const peers = allowPeers(rangesOf("10.1.0.0/16", "192.0.2.7", "2001:db8::/32"));
  const asked = [
    "10.1.2.3",
    "10.2.0.1",
    "192.0.2.7",
    "192.0.2.8",
    "::ffff:10.1.9.9",
    "2001:db8::1",
    "2001:db9::1",
    "",
  ];
  expect(asked.filter(peers)).toEqual(["10.1.2.3", "192.0.2.7", "::ffff:10.1.9.9", "2001:db8::1"]);
  expect(asked.filter(peers)).toHaveLength(4);
});

test("the kernel's drops are the sum of all sockets on the port", () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 2049: 0100007F:2364 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 48671 2 0000000000000000 17
 2050: 0100007F:2365 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 48672 2 0000000000000000 5
  77: 00000000000000000000000001000000:2364 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 48673 2 0000000000000000 3`;
  expect(sumDrops(text, 0x23_64)).toBe(20);
  expect(sumDrops(text, 0x23_66)).toBeNull();
});

const outcome = (id: number): BranchOutcome => ({
  id: `${id}`,
  requestUri: "sip:a@b",
  at: 0,
  branchOutcomes: [],
  response: {
    kind: "response",
    callId: "x",
    cseq: 1,
    vias: [],
    fromUser: "",
    status: 410,
    reason: "",
    contacts: [],
    reasonHeaders: [],
    warnings: [],
    diversion: [],
    expires: null,
    isCut: false,
    head: "",
  },
});
const many = (count: number) => Array.from({ length: count }, (_, n) => outcome(n));

describe("outcomes that cannot be stored now", () => {
  test("are retried, and stored once and in order", async () => {
    const stored: string[] = [];
    let fails = 1;
    const sink = openSink({
      store: async (outcomes) => {
        if (fails-- > 0) throw new Error("away");
        stored.push(...outcomes.map(({ id }) => id));
      },
      onDrop: () => {},
      onTrouble: () => {},
    });
    sink.add(many(700));
    await sink.close(10_000);
    expect(stored).toEqual(many(700).map(({ id }) => id));
  });

  test("are dropped and counted above the limit, and at the end", async () => {
    let dropped = 0;
    const sink = openSink({
      store: () => Promise.reject(new Error("away")),
      onDrop: (count) => void (dropped += count),
      onTrouble: () => {},
      maxWaiting: 30,
    });
    sink.add(many(20));
    sink.add(many(25));
    await sleep(1);
    expect(dropped).toBe(15);
    await sink.close(1);
    expect(dropped).toBe(45);
  });
});
