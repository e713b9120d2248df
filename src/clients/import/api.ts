import { createReadStream } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Static, TSchema } from "typebox";
import { Type } from "typebox";
import { Check } from "typebox/value";
import { Import, ImportRow } from "../../wire/book/imports.ts";

/** The service said no, or something that is no answer of it; the message is for whoever gave the command. */
export class ApiError extends Error {}

const Rows = Type.Object({ items: Type.Array(ImportRow) });
const ProblemBody = Type.Object({
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }))),
});

/** A running sipbook, as far as an import needs it. */
export interface Api {
  /** Sends a file; `onSent` hears of each piece. */
  send(file: string, query: URLSearchParams, onSent: (bytes: number) => void): Promise<Static<typeof Import>>;
  find(id: string): Promise<Static<typeof Import>>;
  /** The first rows of an import that `which` selects, as a query. */
  rows(id: string, which: string, limit: number): Promise<readonly Static<typeof ImportRow>[]>;
}

/** Every call ends when the signal comes, and rejects with ApiError where the answer is no success. */
export function openApi(origin: string, key: string, book: string | null, signal: AbortSignal): Api {
  const open = (method: string, path: string, headers: Readonly<Record<string, string>> = {}) => {
    const url = new URL(origin + path);
    if (book !== null) url.searchParams.set("book", book);
    const start = url.protocol === "https:" ? requestHttps : requestHttp;
    return start(url, { method, signal, headers: { authorization: `Bearer ${key}`, ...headers } });
  };
  const get = async <S extends TSchema>(path: string, shape: S): Promise<Static<S>> => {
    const sent = open("GET", path);
    const answer = answerTo(sent);
    sent.end();
    return read(await answer, shape);
  };
  return {
    send: async (file, query, onSent) => {
      const type = { "content-type": "application/octet-stream" };
      const sent = open("POST", `/v1/imports?${query.toString()}`, type);
      const answer = answerTo(sent);
      const count = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          onSent(chunk.length);
          done(null, chunk);
        },
      });
      const sending = pipeline(createReadStream(file), count, sent);
      // A service that refuses the file answers before it has all of it.
      sending.catch(() => {});
      return read(await Promise.race([answer, sending.then(() => answer)]), Import);
    },
    find: (id) => get(`/v1/imports/${id}`, Import),
    rows: async (id, which, limit) =>
      (await get(`/v1/imports/${id}/rows?${which}&limit=${limit}`, Rows)).items,
  };
}

function answerTo(sent: ReturnType<typeof requestHttp>): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sent.on("response", resolve).on("error", reject);
  promise.catch(() => {});
  return promise;
}

async function read<S extends TSchema>(answer: IncomingMessage, shape: S): Promise<Static<S>> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  const body = parseJson(text);
  const isSuccess = answer.statusCode !== undefined && answer.statusCode < 300;
  if (isSuccess && Check(shape, body)) return body;
  if (!Check(ProblemBody, body)) throw new ApiError(`The answer ${answer.statusCode} is none of sipbook`);
  const places = (body.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer} ${detail}`);
  throw new ApiError(body.detail + places.join(""));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
