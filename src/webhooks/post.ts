import { type Agent, type ClientRequest, type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Message } from "./message.ts";
import { type Outcome, readRetryAfter, type SendFault } from "./outcome.ts";

/** The URL leads to an address that webhooks may not go to. */
export class AddressRefused extends Error {}

interface Connection {
  /** False: a new connection, for this exchange only. */
  readonly agent: Agent | false;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/** The body of an answer is read and discarded; after this many bytes the connection is closed. */
const maxBodyBytes = 16 * 1024;

/** Sends one POST and follows no redirect. Rejects if no complete answer comes. */
export async function post(url: URL, message: Message, connection: Connection): Promise<Outcome> {
  const first = begin(url, message, connection);
  const { signal } = connection;
  try {
    return await answerOf(first, signal);
  } catch (error) {
    // The receiver may close an idle connection just as we write. That is not a failure of theirs.
    const isStale = first.reusedSocket && !signal.aborted && faultOf(error) === "connection-lost";
    if (!isStale) throw error;
    return answerOf(begin(url, message, { ...connection, agent: false }), signal);
  }
}

function begin(url: URL, { headers, body }: Message, connection: Connection): ClientRequest {
  const request = url.protocol === "https:" ? overHttps : overHttp;
  const length = { "content-length": String(Buffer.byteLength(body)) };
  return request(url, { method: "POST", headers: { ...headers, ...length }, ...connection }).end(body);
}

async function answerOf(request: ClientRequest, signal: AbortSignal): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  request.on("error", reject);
  // An unexpected upgrade closes the connection without an error.
  const end = () => reject(new Error("The connection was closed before an answer came"));
  request.on("close", end);
  request.on("response", (response) => {
    request.off("close", end);
    readBody(response, signal).then(() => resolve(outcomeOf(response)), reject);
  });
  return promise;
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage): Outcome {
  const retryAfterMs = readRetryAfter(headers["retry-after"], Date.now());
  return { kind: "answered", status: statusCode, retryAfterMs };
}

async function readBody(response: IncomingMessage, signal: AbortSignal): Promise<void> {
  let length = 0;
  for await (const chunk of response) {
    signal.throwIfAborted();
    length += Buffer.byteLength(chunk);
    if (length > maxBodyBytes) return void response.destroy();
  }
}

/** The code for an error of the socket, the name server, TLS or the HTTP parser. */
export function faultOf(error: unknown): SendFault {
  if (error instanceof AddressRefused) return "address-not-allowed";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return kinds.find(([form]) => form.test(code))?.[1] ?? "connection-lost";
}

const kinds: readonly (readonly [RegExp, SendFault])[] = [
  [/^(ENOTFOUND|EAI_)/, "not-resolved"],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, "connection-refused"],
  [/^ETIMEDOUT$/, "timed-out"],
  [/^HPE_/, "not-http"],
  [/^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH$)/, "tls-failed"],
];
