import type { FastifyRequest } from "fastify";
import type { Incoming } from "./dialects/translator.ts";

/** A request as its dialect reads it; the body was taken as bytes. */
export function readIncoming({ body, headers, query }: FastifyRequest): Omit<Incoming, "mapping"> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const [contentType = ""] = (headers["content-type"] ?? "").split(";");
  return {
    body: toText(bytes),
    contentType: contentType.trim().toLowerCase(),
    headers,
    query: readQuery(query),
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Latin-1 where it is not UTF-8: a name in a PBX's own encoding must not cost the event. */
function toText(bytes: Buffer): string {
  try {
    return utf8.decode(bytes).replaceAll("\0", "\u{fffd}");
  } catch {
    return bytes.toString("latin1").replaceAll("\0", "\u{fffd}");
  }
}

function readQuery(query: unknown): Readonly<Record<string, string>> {
  if (typeof query !== "object" || query === null) return {};
  const firsts = Object.entries(query).map(([name, value]): [string, unknown] => [name, [value].flat()[0]]);
  return Object.fromEntries(
    firsts.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}
