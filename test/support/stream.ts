import { once } from "node:events";
import { get, IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { createParser } from "eventsource-parser";
import type { Static } from "typebox";
import { Check } from "typebox/value";
import { Change } from "../../src/wire/book/changes.ts";

/** A reader of a stream over a real connection. */
export interface Stream {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body of a response that is not a stream. */
  readonly problem: unknown;
  /** The text received so far. */
  readonly changes: readonly Static<typeof Change>[];
  readonly ids: readonly number[];
  readonly comments: readonly string[];
  readonly retries: readonly number[];
  /** True if the server ended it or the connection broke. */
  readonly ended: Promise<"ended" | "broken">;
  /** Closes the connection. */
  cut(): void;
}

export interface StreamCall {
  readonly path?: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Uses its own connection, so that nothing is left when it ends. */
export async function openStream(origin: string, call: StreamCall): Promise<Stream> {
  const { path = "/v1/feed/stream", key, headers = {} } = call;
  const request = get(origin + path, {
    agent: false,
    headers: { accept: "text/event-stream", authorization: `Bearer ${key}`, ...headers },
  });
  const [answer]: unknown[] = await once(request, "response");
  if (!(answer instanceof IncomingMessage)) throw new TypeError("No answer");
  // Broken connections are read to their end below.
  request.on("error", () => {});
  const changes: Static<typeof Change>[] = [];
  const ids: number[] = [];
  const comments: string[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => {
      const change: unknown = JSON.parse(data);
      if (event !== "change" || !Check(Change, change)) throw new TypeError(`No change: ${event} ${data}`);
      ids.push(Number(id));
      changes.push(change);
    },
    onComment: (text) => void comments.push(text),
    onRetry: (ms) => void retries.push(ms),
  });
  const isStream = answer.headers["content-type"] === "text/event-stream";
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    problem: isStream ? null : await json(answer),
    changes,
    ids,
    comments,
    retries,
    ended: isStream ? readToEnd(answer, (text) => parser.feed(text)) : Promise.resolve("ended"),
    cut: () => void request.destroy(),
  };
}

async function readToEnd(answer: IncomingMessage, take: (text: string) => void): Promise<"ended" | "broken"> {
  answer.setEncoding("utf8");
  try {
    for await (const text of answer) take(String(text));
    return "ended";
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return "broken";
  }
}
