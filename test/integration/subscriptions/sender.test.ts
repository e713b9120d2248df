import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Message } from "../../../src/webhooks/message.ts";
import type { Outcome } from "../../../src/webhooks/outcome.ts";
import { buildSender, type Resolve, type Sent } from "../../../src/webhooks/sender.ts";
import { rangesOf } from "../../support/pbx/ranges.ts";
import { openReceiver, portOf, type Receiver } from "../../support/processes/receiver.ts";
import { waitFor } from "../../support/wait.ts";

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const allowed = rangesOf("127.0.0.0/8");
const message: Message = { headers: { "webhook-id": "msg_1" }, body: '{"type":"sipbook.ping"}' };

async function sendTo(url: string, options: Partial<Parameters<typeof buildSender>[0]> = {}): Promise<Sent> {
  const channel = buildSender({ allowed, timeoutMs: 5_000, ...options }).open(url);
  closers.push(() => channel.close());
  return channel.send(message);
}

/** What a bare TCP server does with the connection when a request has arrived. */
async function openRaw(onRequest: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => onRequest(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `//127.0.0.1:${portOf(server.address())}/`;
}

async function receive(...args: Parameters<typeof openReceiver>): Promise<Receiver> {
  const receiver = await openReceiver(...args);
  closers.push(() => receiver.close());
  return receiver;
}

const answered = (status: number): Outcome => ({ kind: "answered", status, retryAfterMs: null });
type Fault = Extract<Outcome, { kind: "unanswered" }>["fault"];
const unanswered = (fault: Fault): Outcome => ({ kind: "unanswered", fault });
const megabyte = Buffer.alloc(1024 * 1024, "x");

const ends = (text: string) => (socket: Socket) => void socket.end(text);
const writes = (text: string) => (socket: Socket) => void socket.write(text);
const upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n";
const halfAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
const lost = unanswered("connection-lost");

// a receiver that …, over …, gives the outcome …
const receivers: [string, "http" | "https", (socket: Socket) => void, Outcome][] = [
  ["answers garbage", "http", ends("SIP/2.0 200 OK\r\n\r\n"), unanswered("not-http")],
  ["resets the connection", "http", (socket) => void socket.resetAndDestroy(), lost],
  ["closes the connection without a response", "http", (socket) => void socket.end(), lost],
  ["changes to another protocol", "http", writes(upgrade), lost],
  ["stops in the middle of its response", "http", ends(halfAnswer), lost],
  [
    "has endless headers",
    "http",
    writes(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(100_000)}`),
    unanswered("not-http"),
  ],
  ["does not support TLS", "https", ends("HTTP/1.1 200 OK\r\n\r\n"), unanswered("tls-failed")],
  [
    "responds with a body of several megabytes",
    "http",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (let i = 0; i < 20; i += 1)
        socket.write(`${megabyte.length.toString(16)}\r\n${megabyte.toString()}\r\n`);
    },
    answered(200),
  ],
];

test.for(receivers)("a receiver that %s gets its outcome", async ([, scheme, onRequest, expected]) => {
  expect((await sendTo(`${scheme}:${await openRaw(onRequest)}`)).outcome).toEqual(expected);
});

test("a receiver that never responds, or never ends its response, fails after the time-out", async () => {
  const silent = await openRaw(() => {});
  const endless = await openRaw(writes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1"));
  for (const url of [silent, endless]) {
    expect((await sendTo(`http:${url}`, { timeoutMs: 200 })).outcome).toEqual(unanswered("timed-out"));
  }
});

test("a closed port and an unknown host name are connection errors", async () => {
  const receiver = await openReceiver();
  await receiver.close();
  expect((await sendTo(receiver.url)).outcome).toEqual(unanswered("connection-refused"));
  expect((await sendTo("http://nowhere.invalid/")).outcome).toEqual(unanswered("not-resolved"));
});

test("a redirect counts as a response and is not followed", async () => {
  const target = await receive();
  const receiver = await receive(() => (response) => response.writeHead(307, { location: target.url }).end());
  expect((await sendTo(receiver.url)).outcome).toEqual(answered(307));
  expect(target.received).toEqual([]);
});

test("Retry-After is read from the response", async () => {
  const receiver = await receive(() => (response) => response.writeHead(503, { "retry-after": "7" }).end());
  expect((await sendTo(receiver.url)).outcome).toEqual({
    kind: "answered",
    status: 503,
    retryAfterMs: 7_000,
  });
});

test("a kept connection that the receiver closed is opened again", async () => {
  const sockets = new Set<Socket>();
  const receiver = await receive(() => (response) => {
    const { socket } = response;
    // The receiver closes it silently, so the sender believes that it is open.
    response.end(() => setImmediate(() => socket?.destroy()));
    if (socket !== null) sockets.add(socket);
  });
  const channel = buildSender({ allowed }).open(receiver.url);
  closers.push(() => channel.close());
  for (let i = 0; i < 3; i += 1) {
    expect((await channel.send(message)).outcome).toEqual(answered(200));
    if (i === 0) await waitFor(() => expect([...sockets].every(({ destroyed }) => destroyed)).toBe(true));
  }
  expect(sockets.size).toBeGreaterThan(1);
});

test("an aborted request rejects, because it may or may not have arrived", async () => {
  const url = await openRaw(() => {});
  const channel = buildSender({ allowed }).open(`http:${url}`);
  closers.push(() => channel.close());
  await expect(channel.send(message, AbortSignal.timeout(100))).rejects.toThrow("aborted due to timeout");
});

/** Answers each look-up with the next of these lists, then always with the last one. */
function names(...answers: readonly (readonly string[])[]): Resolve {
  let count = 0;
  return (_name, answer) => {
    const addresses = answers[Math.min(count, answers.length - 1)] ?? [];
    count += 1;
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
}

test("a name that was public when checked but private when connected gets no request", async () => {
  const receiver = await receive();
  const resolve = names(["1.1.1.1"], ["127.0.0.1"]);
  const url = receiver.url.replace("127.0.0.1", "rebinding.example");
  const sender = buildSender({ allowed: [], resolve });
  expect(await sender.check(url)).toBeNull();
  expect((await sendTo(url, { allowed: [], resolve: names(["127.0.0.1"]) })).outcome).toEqual(
    unanswered("address-not-allowed"),
  );
  const channel = sender.open(url);
  closers.push(() => channel.close());
  expect((await channel.send(message)).outcome).toEqual(unanswered("address-not-allowed"));
  expect(receiver.received).toEqual([]);
});

test("the connection goes to the checked address, so a name is looked up once", async () => {
  const receiver = await receive();
  const resolve = names(["127.0.0.1"], ["127.0.0.2"]);
  const url = receiver.url.replace("127.0.0.1", "pinned.example");
  expect((await sendTo(url, { resolve })).outcome).toEqual(answered(204));
  expect(receiver.received[0]?.headers["host"]).toMatch(/^pinned\.example:\d+$/);
});

// a URL of this form, …, whose name has the addresses …
const refused: [string, readonly string[]][] = [
  ["http://127.0.0.1:PORT/", []],
  ["http://0x7f000001:PORT/", []],
  ["http://[::ffff:127.0.0.1]:PORT/", []],
  ["http://localhost:PORT/", ["127.0.0.1"]],
  ["http://mixed.example:PORT/", ["1.1.1.1", "127.0.0.1"]],
  ["http://metadata.example:PORT/", ["169.254.169.254"]],
  ["http://nothing.example:PORT/", []],
];

test.for(refused)("webhooks do not go to %s", async ([form, addresses]) => {
  const receiver = await receive();
  const url = form.replace("PORT", new URL(receiver.url).port);
  const options = { allowed: [], resolve: names(addresses) };
  expect((await sendTo(url, options)).outcome).toEqual(unanswered("address-not-allowed"));
  expect(receiver.received).toEqual([]);
});
