import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Incoming } from "../../dialects/shared/dialect.ts";
import { textOfBytes } from "../../dialects/shared/values.ts";

/** Takes every body as bytes: the Content-Type of a PBX may be wrong, and the body is kept exactly as it came. */
export function takeAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

/** A request as its dialect reads it; the body was taken as bytes. */
export function readIncoming({ body, headers, query }: FastifyRequest): Omit<Incoming, "mapping"> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const [contentType = ""] = (headers["content-type"] ?? "").split(";");
  return {
    body: textOfBytes(bytes),
    contentType: contentType.trim().toLowerCase(),
    headers,
    query: readQuery(query),
  };
}

function readQuery(query: unknown): Readonly<Record<string, string>> {
  if (typeof query !== "object" || query === null) return {};
  const firsts = Object.entries(query).map(([name, value]): [string, unknown] => [name, [value].flat()[0]]);
  return Object.fromEntries(
    firsts.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}
