import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Forwards a port of 127.0.0.1 to a PostgreSQL on a unix socket, for users that may not open the socket. */
export async function openTcpFront(url: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const behind = new URL(url);
  const folder = behind.searchParams.get("host");
  if (folder === null) return { url, close: async () => {} };
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // A broken side is closed, and the close reaches the other side.
    return socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const database = keep(connect(`${folder}/.s.PGSQL.5432`));
    keep(client).pipe(database).pipe(client);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  behind.searchParams.delete("host");
  behind.host = `127.0.0.1:${portOf(server)}`;
  return {
    url: behind.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Counts the connections to a port of 127.0.0.1, and closes each at once. */
export interface Refuser {
  readonly port: number;
  readonly attempts: () => number;
  readonly close: () => Promise<void>;
}

export async function openRefuser(port = 0): Promise<Refuser> {
  let attempts = 0;
  const server = createServer((socket) => {
    attempts += 1;
    socket.on("error", () => {}).destroy();
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const bound = portOf(server);
  const close = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  return { port: bound, attempts: () => attempts, close };
}

export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("The server does not listen on a port");
  return address.port;
}
