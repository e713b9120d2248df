import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** A text as Kamailio reports it: base64 where it is not UTF-8. */
type ReportedText = string | { readonly base64: string };

/** The body of one report, as docs/pbx/kamailio.md describes it. */
export interface Report {
  readonly id: string;
  readonly code: number;
  readonly uri: string;
  readonly aor: string;
  readonly call_id: string;
  readonly branch: number;
  readonly contact: readonly ReportedText[];
  readonly warnings: readonly ReportedText[];
}

export interface Delivery {
  readonly report: Report;
  readonly authorization: string | undefined;
  /** What the receiver answered, null for nothing at all. */
  readonly answered: number | null;
}

/** A plain HTTP server in sipbook's place, which can refuse, keep silent, go away and come back. */
export interface Receiver {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** The next deliveries are answered like this, one after the other, and those that follow with 202. */
  answerNextWith(...statuses: readonly (number | null)[]): void;
  /** Deliveries that somebody still waits for the answer of. */
  unanswered(): number;
  /** The accepted reports about calls to this user, in their order, once there are `count` of them. */
  waitForReports(user: string, count: number): Promise<readonly Report[]>;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function openReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = [];
  const planned: (number | null)[] = [];
  const unanswered = new Set<ServerResponse>();
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const [next] = planned.splice(0, 1);
    const answered = next === undefined ? 202 : next;
    unanswered.add(response);
    response.once("close", () => unanswered.delete(response));
    deliveries.push(await readDelivery(request, answered));
    if (answered !== null) response.writeHead(answered).end('{"detail":"as planned"}');
  };
  const server = createServer((request, response) => void receive(request, response));
  const port = await listen(server, 0);

  return {
    url: `http://127.0.0.1:${port}/v1/webhooks/kamailio`,
    deliveries,
    answerNextWith: (...statuses) => void planned.push(...statuses),
    unanswered: () => unanswered.size,
    waitForReports: (user, count) => waitForReports(deliveries, user, count),
    goAway: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
    comeBack: async () => void (await listen(server, port)),
  };
}

async function readDelivery(request: IncomingMessage, answered: number | null): Promise<Delivery> {
  const report: Report = JSON.parse(await text(request));
  return { report, authorization: request.headers.authorization, answered };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver listens on no TCP port");
  return address.port;
}

async function waitForReports(
  deliveries: readonly Delivery[],
  user: string,
  count: number,
): Promise<readonly Report[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const reports = deliveries
      .filter(({ report, answered }) => answered === 202 && report.aor.startsWith(`sip:${user}@`))
      .map(({ report }) => report);
    if (reports.length >= count) return reports;
    if (Date.now() > deadline) throw new Error(`${reports.length} of ${count} reports about ${user} came`);
    await sleep(20);
  }
}
