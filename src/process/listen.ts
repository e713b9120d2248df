import type { FastifyInstance } from "fastify";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";

// How long requests at hand have before their connections are cut: a feed that streams would never end.
const requestPatienceMs = 4_000;

export interface ListenOptions {
  /** What listens, and the variable that says where, for the operator. */
  readonly what: string;
  readonly variable: string;
  readonly host: string;
  readonly port: number;
}

/** Resolves to the origin. Throws StartError where the port is not to be had. */
export async function listen(
  app: FastifyInstance,
  { what, variable, host, port }: ListenOptions,
): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw new StartError(
      `The ${what} cannot listen on HOST ${host}, ${variable} ${port}: ${reasonOf(error)}`,
    );
  }
}

/** Takes no more connections, answers the requests at hand for some seconds, and cuts off what is left. */
export async function closeApp(app: FastifyInstance): Promise<void> {
  // A connection that is kept alive becomes idle when its last answer is out, and nothing else would end it then.
  const idle = setInterval(() => app.server.closeIdleConnections(), 50);
  const cut = setTimeout(() => app.server.closeAllConnections(), requestPatienceMs);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(cut);
  }
}
