import { type Agent, type ClientRequest, type IncomingMessage, request as overHttp } from "node:http";
import { request as overHttps } from "node:https";
import type { LookupFunction } from "node:net";
import type { Message } from "./message.ts";
import { type Outcome, readRetryAfter, type SendFault } from "./outcome.ts";

/** The name leads, or the URL names, where webhooks may not go. */
export class AddressRefused extends Error {}

export interface Wire {
  /** False: a connection for this one exchange. */
  readonly agent: Agent | false;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

/** Of an answer's body so much is read, and thrown away; of a longer one the connection ends. */
const mostBody = 16 * 1024;

/** One POST without redirects. Rejects where no whole answer comes. */
export async function post(url: URL, message: Message, wire: Wire): Promise<Outcome> {
  const first = begin(url, message, wire);
  try {
    return await answerOf(first, wire.signal);
  } catch (error) {
    // A connection that was kept may be closed from the other side just as we write: that is no failure of theirs.
    const isStale = first.reusedSocket && !wire.signal.aborted && faultOf(error) === "connection-lost";
    if (!isStale) throw error;
    return answerOf(begin(url, message, { ...wire, agent: false }), wire.signal);
  }
}

function begin(url: URL, { headers, body }: Message, wire: Wire): ClientRequest {
  const request = url.protocol === "https:" ? overHttps : overHttp;
  const length = { "content-length": String(Buffer.byteLength(body)) };
  return request(url, { method: "POST", headers: { ...headers, ...length }, ...wire }).end(body);
}

async function answerOf(request: ClientRequest, signal: AbortSignal): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  request.on("error", reject);
  // An upgrade that nobody asked for ends without an error.
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
    if (length > mostBody) return void response.destroy();
  }
}

/** What an error of a socket, of a name server, of TLS or of the HTTP parser comes to. */
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
