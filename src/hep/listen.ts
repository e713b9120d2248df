import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIP, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";
import type { Fate } from "./collector.ts";
import { openFrames } from "./packets/frames.ts";
import type { Peers } from "./peers.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one, the same for UDP and TCP. */
  readonly port: number;
  readonly peers: Peers;
  readonly take: (bytes: Buffer) => void;
  /** Of a packet that was not read. */
  readonly onFate: (fate: Fate) => void;
}

export interface Listening {
  readonly port: number;
  /** Bytes that the kernel keeps of UDP for us, as far as it allows. */
  readonly bufferBytes: number;
  /** Takes nothing more. */
  close(): Promise<void>;
}

/** What the kernel is asked to keep while we are busy: a third of a second of 50,000 datagrams with 600 bytes. */
const wantedBufferBytes = 16 * 1024 * 1024;
const mostConnections = 64;
/** An agent that holds its connection and says nothing for so long has to open it again. */
const idleMs = 10 * 60_000;

/** A socket on which nothing came for so long is empty. */
const drainMs = 50;
const mostDrainMs = 2_000;

/** Any port will do (0): so many are tried, since one that is free for UDP may be taken for TCP. */
const mostTries = 10;

/** Packets by UDP and TCP. Throws StartError where the port is not to be had. */
export async function listenForHep(options: ListenOptions): Promise<Listening> {
  const { host, port } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await bindBoth(options);
    } catch (error) {
      if (port === 0 && tries < mostTries) continue;
      throw new StartError(`HEP cannot listen on HEP_HOST ${host}, HEP_PORT ${port}: ${reasonOf(error)}`);
    }
  }
}

async function bindBoth(options: ListenOptions): Promise<Listening> {
  const udp = await bindUdp(options);
  const { port } = udp.address();
  try {
    const { server, sockets } = await bindTcp(options, port);
    return {
      port,
      bufferBytes: udp.getRecvBufferSize(),
      async close() {
        await untilQuiet(udp);
        udp.close();
        server.close();
        for (const socket of sockets) socket.destroy();
        await Promise.all([once(udp, "close"), once(server, "close")]);
      },
    };
  } catch (error) {
    udp.close();
    throw error;
  }
}

/** What the kernel holds for us already is taken first; who goes on sending does not hold us up. */
async function untilQuiet(socket: UdpSocket): Promise<void> {
  let isQuiet = false;
  const onMessage = () => {
    isQuiet = false;
  };
  socket.on("message", onMessage);
  for (let waited = 0; waited < mostDrainMs && !isQuiet; waited += drainMs) {
    isQuiet = true;
    await sleep(drainMs);
  }
  socket.off("message", onMessage);
}

async function bindUdp({ host, port, peers, take, onFate }: ListenOptions): Promise<UdpSocket> {
  const socket = createSocket({
    type: isIP(host) === 6 ? "udp6" : "udp4",
    recvBufferSize: wantedBufferBytes,
  });
  socket.on("message", (bytes, { address }) => {
    if (peers(address)) take(bytes);
    else onFate("peer");
  });
  socket.bind(port, host);
  await once(socket, "listening");
  // An error of one datagram is none of the socket's.
  socket.on("error", () => {});
  return socket;
}

async function bindTcp(
  { host, peers, take, onFate }: ListenOptions,
  port: number,
): Promise<{ readonly server: Server; readonly sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (!peers(socket.remoteAddress ?? "") || sockets.size >= mostConnections) {
      onFate("peer");
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.setTimeout(idleMs, () => socket.destroy());
    const frames = openFrames();
    socket.on("data", (chunk) => {
      // A string only after setEncoding, which nobody calls.
      const packets = frames.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      if (packets === null) {
        onFate("not-hep");
        socket.destroy();
        return;
      }
      for (const packet of packets) take(packet);
    });
  });
  server.listen(port, host);
  await once(server, "listening");
  return { server, sockets };
}
