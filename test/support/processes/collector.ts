import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type Static, Type } from "typebox";
import { Parse } from "typebox/value";

const Value = Type.Object({ stringValue: Type.Optional(Type.String()) });
const Span = Type.Object({
  traceId: Type.String(),
  spanId: Type.String(),
  parentSpanId: Type.Optional(Type.String()),
  name: Type.String(),
  attributes: Type.Array(Type.Object({ key: Type.String(), value: Value })),
  links: Type.Optional(Type.Array(Type.Object({ traceId: Type.String(), spanId: Type.String() }))),
});
const Payload = Type.Object({
  resourceSpans: Type.Array(
    Type.Object({
      resource: Type.Object({ attributes: Type.Array(Type.Object({ key: Type.String(), value: Value })) }),
      scopeSpans: Type.Array(Type.Object({ spans: Type.Array(Span) })),
    }),
  ),
});

export type CollectedSpan = Static<typeof Span>;

/** A receiver of traces like OpenTelemetry's collector: OTLP over HTTP, in JSON. */
export interface Collector {
  readonly url: string;
  readonly spans: () => readonly CollectedSpan[];
  readonly services: () => readonly (string | undefined)[];
  /** All bodies as received, and their paths. */
  readonly raw: () => string;
  close(): Promise<void>;
}

export async function openCollector(): Promise<Collector> {
  const bodies: string[] = [];
  const paths = new Set<string>();
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    paths.add(request.url ?? "");
    bodies.push(await text(request));
    response.setHeader("content-type", "application/json").end("{}");
  };
  const server = createServer((request, response) => void take(request, response));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It does not listen");
  const resources = () => bodies.flatMap((body) => Parse(Payload, JSON.parse(body)).resourceSpans);
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans: () => resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    services: () =>
      resources().map(
        ({ resource }) => resource.attributes.find(({ key }) => key === "service.name")?.value.stringValue,
      ),
    raw: () => [...paths, ...bodies].join("\n"),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
