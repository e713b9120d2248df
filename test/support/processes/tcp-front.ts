import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

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
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The front has no port");
  behind.searchParams.delete("host");
  behind.host = `127.0.0.1:${address.port}`;
  return {
    url: behind.href,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
