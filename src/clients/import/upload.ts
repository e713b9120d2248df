import { createReadStream } from "node:fs";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { Transform } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { parseJson } from "../../json/parse.ts";
import { Import, type ImportBody } from "../../wire/book/imports.ts";
import { readAs } from "../rest.ts";
import type { ImportCommand } from "./arguments.ts";

/**
 * Sends the file; `onSent` gets the size of each piece. Not with `fetch`: it cannot read the answer before all is sent,
 * and sipbook answers early if it refuses the file.
 */
export async function upload(
  { file, query, url }: ImportCommand,
  key: string,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<ImportBody> {
  const path = "/v1/imports";
  const request = url.startsWith("https:") ? requestHttps : requestHttp;
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/octet-stream" };
  const sent = request(`${url}${path}?${query.toString()}`, { method: "POST", signal, headers });
  const answer = Promise.withResolvers<IncomingMessage>();
  sent.on("response", answer.resolve).on("error", answer.reject);
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onSent(chunk.length);
      done(null, chunk);
    },
  });
  const sending = pipeline(createReadStream(file), count, sent);
  for (const each of [answer.promise, sending]) each.catch(() => {});
  const response = await Promise.race([answer.promise, sending.then(() => answer.promise)]);
  const body = parseJson(await text(response));
  return readAs(Import, path, { status: response.statusCode ?? 0, body });
}
