import { Agent, request } from "node:http";

/** An HTTP client whose connections stay open. */
export interface BenchClient {
  /** Resolves with the milliseconds until the whole answer has arrived. Rejects if it has another status. */
  send(status: number, path: string, body?: unknown): Promise<number>;
  close(): void;
}

export function openClient(origin: string, key: string, connections: number): BenchClient {
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
