import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIP, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";
import type { Fate } from "./collector.ts";
import { openFrames } from "./packets/frames.ts";
import type { Peers } from "./peers.ts";

export interface HepListenOptions {
  readonly host: string;
  /** 0 means any port that is free for both UDP and TCP. */
  readonly port: number;
  readonly peers: Peers;
  readonly take: (bytes: Buffer) => void;
  /** Called for a packet that was not read. */
  readonly onFate: (fate: Fate) => void;
}

export interface HepListener {
  readonly port: number;
  /** The size of the UDP receive buffer that the kernel granted. */
  readonly bufferBytes: number;
  close(): Promise<void>;
}

/** The UDP receive buffer we ask for: a third of a second of traffic at 50,000 datagrams/s of 600 bytes. */
const wantedBufferBytes = 16 * 1024 * 1024;
const maxConnections = 64;
/** A connection on which nothing arrives for this long is closed. */
const idleMs = 10 * 60_000;

/** When no datagram arrives for this long, the receive buffer is empty. */
const drainMs = 50;
const maxDrainMs = 2_000;

/** Tries for port 0: a port that is free for UDP may be taken for TCP. */
const maxTries = 10;

/** Receives packets by UDP and TCP. Throws StartError if it cannot listen on the port. */
export async function listenForHep(options: HepListenOptions): Promise<HepListener> {
  const { host, port } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await bindBoth(options);
    } catch (error) {
      if (port === 0 && tries < maxTries) continue;
      throw new StartError(`HEP cannot listen on HEP_HOST ${host}, HEP_PORT ${port}: ${reasonOf(error)}`);
    }
  }
}

async function bindBoth(options: HepListenOptions): Promise<HepListener> {
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

/** Reads what the kernel has buffered, but not for longer than maxDrainMs, in case an agent goes on sending. */
async function untilQuiet(socket: UdpSocket): Promise<void> {
  let isQuiet = false;
  const onMessage = () => {
    isQuiet = false;
  };
  socket.on("message", onMessage);
  for (let waited = 0; waited < maxDrainMs && !isQuiet; waited += drainMs) {
    isQuiet = true;
    await sleep(drainMs);
  }
  socket.off("message", onMessage);
}

async function bindUdp({ host, port, peers, take, onFate }: HepListenOptions): Promise<UdpSocket> {
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
  // An error of one datagram must not close the socket.
  socket.on("error", () => {});
  return socket;
}

async function bindTcp(
  { host, peers, take, onFate }: HepListenOptions,
  port: number,
): Promise<{ readonly server: Server; readonly sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    if (!peers(socket.remoteAddress ?? "") || sockets.size >= maxConnections) {
      onFate("peer");
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.setTimeout(idleMs, () => socket.destroy());
    const frames = openFrames();
    socket.on("data", (chunk) => {
      // The type allows a string, but it would need setEncoding.
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
