import { Socket } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { answerClientError } from "./errors.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The body may come for as long as something of it comes: an upload on a slow line. */
    readonly takesLong?: boolean;
  }
}

export interface RequestTime {
  /** For a whole request; and for the next bytes of one that may take long. */
  readonly patienceMs: number;
  /** For one that may take long, altogether. */
  readonly longestMs: number;
}

/**
 * Ends requests whose body does not come in time: they hold a connection and cost their sender next to nothing. Node's
 * own limit is one for all, and would cut a large upload on a slow line; the headers keep theirs.
 */
export function limitRequestTime(app: FastifyInstance, { patienceMs, longestMs }: RequestTime): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const started = performance.now();
    let seen = 0;
    const timer = setInterval(() => {
      const { bytesRead } = request.raw.socket;
      const isAlive = request.routeOptions.config.takesLong === true && bytesRead > seen;
      seen = bytesRead;
      // Of what is injected, and never came over a socket, there is nothing to wait for.
      if (!(request.raw.socket instanceof Socket) || request.raw.complete || request.raw.destroyed)
        clearInterval(timer);
      else if (!isAlive || performance.now() - started > longestMs) {
        clearInterval(timer);
        giveUp(request);
      }
    }, patienceMs).unref();
    request.raw.once("close", () => clearInterval(timer));
    done();
  });
}

function giveUp({ raw: { socket } }: FastifyRequest): void {
  const error = Object.assign(new Error("The body did not come in time"), {
    code: "ERR_HTTP_REQUEST_TIMEOUT",
  });
  answerClientError(error, socket);
  // Whoever does not read the answer either is not waited for.
  setTimeout(() => socket.destroy(), 1_000).unref();
}
