import { once } from "node:events";
import { createServer } from "node:net";

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
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The refuser has no port");
  const close = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  return { port: address.port, attempts: () => attempts, close };
}
