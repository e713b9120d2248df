import { Socket } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { answerClientError } from "./errors.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** For uploads on a slow line: the body may take up to `maxMs` while bytes keep coming. */
    readonly takesLong?: boolean;
  }
}

interface RequestTime {
  /** For a whole request; if it may take long, for its next bytes. */
  readonly patienceMs: number;
  /** For a whole request that may take long. */
  readonly maxMs: number;
}

/**
 * Ends requests whose body does not arrive in time: they hold a connection and cost their sender almost nothing. Node's
 * own limit is the same for all requests and would cut off a large upload on a slow line. It still limits the headers.
 */
export function limitRequestTime(app: FastifyInstance, { patienceMs, maxMs }: RequestTime): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const started = performance.now();
    let seen = 0;
    const timer = setInterval(() => {
      const { bytesRead } = request.raw.socket;
      const isAlive = request.routeOptions.config.takesLong === true && bytesRead > seen;
      seen = bytesRead;
      // An injected request has no real socket, so there is nothing to wait for.
      if (!(request.raw.socket instanceof Socket) || request.raw.complete || request.raw.destroyed)
        clearInterval(timer);
      else if (!isAlive || performance.now() - started > maxMs) {
        clearInterval(timer);
        giveUp(request);
      }
    }, patienceMs).unref();
    request.raw.once("close", () => clearInterval(timer));
    done();
  });
}

function giveUp({ raw: { socket } }: FastifyRequest): void {
  const error = Object.assign(new Error("The body did not arrive in time"), {
    code: "ERR_HTTP_REQUEST_TIMEOUT",
  });
  answerClientError(error, socket);
  // Do not wait for a client that does not read the response either.
  setTimeout(() => socket.destroy(), 1_000).unref();
}
