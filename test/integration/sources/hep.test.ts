import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect } from "vitest";
import type { HepSettings } from "../../../src/config/config.ts";
import { StartError } from "../../../src/faults/start-error.ts";
import { type HepService, startHep } from "../../../src/hep/service.ts";
import { buildInbox } from "../../../src/receive/intake/inbox.ts";
import { buildMetrics, type Metrics } from "../../../src/telemetry/metrics.ts";
import { listOf } from "../../../src/wire/shapes.ts";
import { openLog } from "../../support/log.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { answerOver, inviteOver, type Leg, type Mirrored, mirror } from "../../support/pbx/hep.ts";
import { rangesOf } from "../../support/pbx/ranges.ts";
import { silent } from "../../support/processes/postgres.ts";
import { type Book, expectStatus } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { waitFor } from "../../support/wait.ts";

const service = await sharedService();
const running: HepService[] = [];
afterEach(async () => {
  for (const hep of running.splice(0)) await hep.close();
});

interface Running {
  readonly book: Book;
  readonly metrics: Metrics;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

async function start(book: Book, differs: Partial<HepSettings> = {}, log = silent): Promise<Running> {
  const { db, queues } = service;
  const metrics = buildMetrics();
  const inbox = buildInbox({ db, queue: queues.events, log: silent });
  const config = {
    host: "127.0.0.1",
    port: 0,
    peers: rangesOf("127.0.0.0/8"),
    key: null,
    book: book.name,
    source: "hep",
  };
  const hep = await startHep({ db, inbox, metrics, log, config: { ...config, ...differs } });
  running.push(hep);
  return { book, metrics, port: hep.port, stop: () => hep.close().then(() => void running.splice(0)) };
}

async function sendUdp(port: number, datagrams: readonly Buffer[], from = "127.0.0.1"): Promise<void> {
  const socket = createSocket("udp4");
  socket.bind(0, from);
  await once(socket, "listening");
  for (const [n, datagram] of datagrams.entries()) {
    socket.send(datagram, port, "127.0.0.1");
    // Packets that the sender's own buffer cannot hold would be lost before they are sent.
    if (n % 50 === 49) await sleep(1);
  }
  await new Promise<void>((resolve) => socket.send(Buffer.alloc(0), port, "127.0.0.1", () => resolve()));
  socket.close();
}

const trust = (book: Book) =>
  book
    .patch("/v1/sources/hep", { body: { mode: "immediate", trustedPath: true } })
    .then((answer) => expectStatus(200, answer));

const legTo = (uri: string, callId: string): Leg => ({
  callId,
  requestUri: uri,
  way: [{ place: "10.0.0.2:5060", branch: callId }],
  to: "10.0.0.3:5060",
});
const call = (
  uri: string,
  callId: string,
  status: string,
  rows: readonly string[] = [],
): readonly Mirrored[] => [
  inviteOver(legTo(uri, callId), Date.now()),
  answerOver(legTo(uri, callId), Date.now() + 1, status, rows),
];
const moved = (n: number, callId = `call-${n}`) =>
  call(`sip:u${n}@old.example`, callId, "301 Moved Permanently", [`Contact: <sip:u${n}@new.example>`]);

/** `status uri verdict` of each event, as soon as `count` events have a verdict. */
async function eventsOf(book: Book, count: number): Promise<readonly string[]> {
  return waitFor(async () => {
    const { items } = bodyAs(listOf("Event"), await book.get("/v1/events?source=hep&limit=500"));
    const decided = items.filter(({ verdict }) => verdict !== null);
    expect(decided.length).toBeGreaterThanOrEqual(count);
    return decided
      .map(({ status, requestUri, verdict }) => `${status} ${requestUri} ${verdict?.rule}`)
      .toSorted();
  });
}

test("mirrored calls change nothing until an operator trusts the path", async ({ book }) => {
  const { id } = await book.addContact("sip:u1@old.example");
  const { port } = await start(book);
  await sendUdp(port, moved(1).map(mirror));
  expect(await eventsOf(book, 1)).toEqual(["301 sip:u1@old.example observe-mode"]);
  expect(await book.shown(id)).toEqual(["sip:u1@old.example active"]);
  await trust(book);
  await sendUdp(port, moved(1, "later").map(mirror));
  expect(await eventsOf(book, 2)).toContain("301 sip:u1@old.example moved-permanently");
  expect(await book.shown(id)).toEqual(["sip:u1@new.example active"]);
});

test("a call that arrives over both UDP and TCP is one event", async ({ book }) => {
  const { id } = await book.addContact("sip:u1@old.example");
  await trust(book);
  const { port } = await start(book);
  const stream = Buffer.concat(moved(1).map(mirror));
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve) => socket.write(stream.subarray(0, 100), resolve));
  socket.end(stream.subarray(100));
  await sendUdp(port, moved(1).map(mirror));
  expect(await eventsOf(book, 1)).toEqual(["301 sip:u1@old.example moved-permanently"]);
  expect(await book.shown(id)).toEqual(["sip:u1@new.example active"]);
});

const fates = async ({ metrics }: Running) =>
  Object.fromEntries(
    (await metrics.hepPackets.get()).values.map(({ labels, value }) => [labels.fate, value]),
  );

describe("an unauthorised sender", () => {
  test("is ignored if its address is not allowed", async () => {
    const hep = await start(await service.makeBook(), { peers: rangesOf("127.0.0.9") });
    await sendUdp(hep.port, moved(1).map(mirror));
    await sendUdp(hep.port, moved(1).map(mirror), "127.0.0.9");
    await waitFor(async () => expect(await fates(hep)).toMatchObject({ peer: 3, taken: 2 }));
  });

  test("is ignored without the key", async () => {
    const hep = await start(await service.makeBook(), { key: "a-key" });
    await sendUdp(hep.port, [
      ...moved(1).map(mirror),
      ...moved(2).map((each) => mirror({ ...each, key: "a-key" })),
    ]);
    await waitFor(async () => expect(await fates(hep)).toMatchObject({ "wrong-key": 2, taken: 2 }));
  });

  test("is disconnected if its stream is not HEP", async () => {
    const hep = await start(await service.makeBook());
    const socket = connect(hep.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await once(socket, "close");
    expect(await fates(hep)).toMatchObject({ "not-hep": 1 });
  });
});

// with …, HEP does not start
const places: [string, Partial<HepSettings>, RegExp][] = [
  ["a book that does not exist", { book: "no-such-book" }, /^HEP_BOOK: the book no-such-book was not found/],
  [
    "a source that does not exist",
    { source: "no-such-source" },
    /^HEP_SOURCE: the book .* has no source no-such-source/,
  ],
  [
    "a source of webhooks",
    { source: "kamailio" },
    /^HEP_SOURCE: the source kamailio has the dialect kamailio, not hep/,
  ],
  ["an address of another machine", { host: "192.0.2.1" }, /^HEP cannot listen on HEP_HOST 192\.0\.2\.1/],
];
test.for(places)("HEP with %s stops the start with the reason", async ([, differs, message]) => {
  const starting = start(await service.makeBook(), differs);
  await expect(starting).rejects.toThrow(StartError);
  await expect(starting).rejects.toThrow(message);
});

test("a webhook of the dialect hep is refused with the address for HEP", async ({ book }) => {
  expect(await book.post("/v1/webhooks/hep", { body: {} })).toMatchObject({
    status: 422,
    body: { errors: [{ detail: expect.stringContaining("HEP_PORT") }] },
  });
});

test("outcomes wait while the source is paused, and are stored when it continues", async ({ book }) => {
  const { log, lines } = openLog("warn");
  const { port } = await start(book, {}, log);
  await book.patch("/v1/sources/hep", { body: { paused: true } });
  await sendUdp(port, moved(1).map(mirror));
  await waitFor(() => expect(lines).toMatchObject([{ msg: "Outcomes of calls wait for the database" }]));
  expect(bodyAs(listOf("Event"), await book.get("/v1/events")).items).toEqual([]);
  await book.patch("/v1/sources/hep", { body: { paused: false } });
  expect(await eventsOf(book, 1)).toHaveLength(1);
});

test("in a flood of half invalid packets all are counted and no call is lost", async ({ book }) => {
  const hep = await start(book);
  const calls = 300;
  const datagrams = Array.from({ length: calls }, (_, n) =>
    moved(n).flatMap((message) => [mirror(message), Buffer.from(`rubbish ${n}`)]),
  ).flat();
  await sendUdp(hep.port, datagrams);
  expect(await eventsOf(book, calls)).toHaveLength(calls);
  await hep.stop();
  const sum = async (name: "hepPackets" | "hepDropped") =>
    (await hep.metrics[name].get()).values.reduce((total, { value }) => total + value, 0);
  // The empty datagram at the end is counted as well.
  expect((await sum("hepPackets")) + (await sum("hepDropped"))).toBe(datagrams.length + 1);
});
