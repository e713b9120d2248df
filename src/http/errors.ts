import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isDatabaseAway } from "../faults/database-away.ts";
import { describeFault } from "../faults/fault.ts";
import { Problem, type ProblemType } from "./problem.ts";

// Errors that Fastify itself finds in a request.
const known: Readonly<Record<string, readonly [ProblemType, string]>> = {
  FST_ERR_BAD_URL: ["malformed-request", "The path has a percent-encoding that is not UTF-8"],
  FST_ERR_MAX_PARAM_LENGTH: ["not-found", "No operation has this path"],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    "unsupported-media-type",
    "This operation does not accept a body of this media type",
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ["malformed-json", "The body is empty"],
  FST_ERR_CTP_INVALID_JSON_BODY: ["malformed-json", "The body is not valid JSON"],
  FST_ERR_CTP_BODY_TOO_LARGE: ["too-large", "The body is larger than 4 MiB"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    "malformed-request",
    "The length of the body differs from Content-Length",
  ],
};

/** The only place where an error becomes a response. An internal error is logged once; its response has the request id. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request.id);
  // An operator pauses a source on purpose, so that is not an error.
  if (problem.status >= 500 && problem.type !== "source-paused") {
    request.log.error({ fault: describeFault(error) }, `Request ${request.id} failed: ${problem.type}`);
  }
  return sendProblem(reply, problem);
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .type("application/problem+json")
    .send(JSON.stringify(problem.toBody()));
}

function problemOf(error: FastifyError, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (isDatabaseAway(error)) {
    return new Problem("database-away", "The database does not answer. Nothing was stored: retry", {
      headers: { "retry-after": "5" },
    });
  }
  const [type, detail] = known[error.code] ?? [];
  if (type !== undefined && detail !== undefined) return new Problem(type, detail);
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem("malformed-request", "The request could not be read");
  }
  return new Problem("fault", `Internal error; look for the request id ${requestId} in the log of sipbook`);
}

const limits: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "The request took too long to arrive"],
  HPE_HEADER_OVERFLOW: [431, "The request's headers are too large"],
};

/** Answers bytes that are not HTTP on their socket, and closes it: they never become a request. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = limits[error.code ?? ""] ?? [400, "The request is not valid HTTP"];
  const title = STATUS_CODES[status] ?? "Bad Request";
  const body = JSON.stringify({ type: "about:blank", title, status, detail });
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json; charset=utf-8\r\n`;
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
