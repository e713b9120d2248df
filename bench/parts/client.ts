import { Agent, request } from "node:http";

/** HTTP on so many connections, which stay open. */
export interface Client {
  /** Milliseconds until the whole answer was there. Rejects where its status is another one. */
  send(status: number, path: string, body?: unknown): Promise<number>;
  close(): void;
}

export function openClient(origin: string, key: string, connections: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const send = (status: number, path: string, body?: unknown) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const started = performance.now();
    const method = body === undefined ? "GET" : "POST";
    const sent = request(origin + path, { agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("error", reject).on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        if (answer.statusCode === status) resolve(performance.now() - started);
        else
          reject(
            new Error(`${method} ${path} answered ${answer.statusCode}: ${Buffer.concat(chunks).toString()}`),
          );
      });
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  };
  return { send, close: () => agent.destroy() };
}
