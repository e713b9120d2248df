import type { FastifyInstance } from "fastify";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";

// After this time the connections of requests in progress are cut: a feed stream would never end.
const requestPatienceMs = 4_000;

interface HttpListenOptions {
  /** What listens, and the variable that sets its port, for the error message. */
  readonly what: string;
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** Resolves to the origin. Throws StartError if it cannot listen there. */
export async function listen(
  app: FastifyInstance,
  { what, variable, host, port }: HttpListenOptions,
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new StartError(
      `The ${what} cannot listen on HOST ${host}, ${variable} ${port}: ${reasonOf(error)}`,
    );
  }
}

/** Takes no more connections, answers requests in progress for some seconds, then cuts the rest. */
export async function closeApp(app: FastifyInstance): Promise<void> {
  // A keep-alive connection becomes idle after its last answer, and nothing else would close it.
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const cut = setTimeout(() => app.server.closeAllConnections(), requestPatienceMs);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}
