import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { Type } from "typebox";
import { Check } from "typebox/value";

const Body = Type.Object({
  type: Type.String(),
  timestamp: Type.String(),
  data: Type.Object({ sequence: Type.Integer(), contactId: Type.String(), kind: Type.String() }),
});

/** A message as it arrived. */
export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly id: string;
  /** The sequence number of the change, 0 for a ping. */
  readonly sequence: number;
  readonly contactId: string;
}

/** How the receiver responds to a message: a status, or a function that writes the response. */
export type Reaction = (message: Received, count: number) => number | ((response: ServerResponse) => void);

export interface Receiver {
  readonly url: string;
  /** In the order of arrival. */
  readonly received: readonly Received[];
  readonly sequences: () => readonly number[];
  react: Reaction;
  close(): Promise<void>;
}

/** A receiver of webhooks on 127.0.0.1. By default it accepts everything. */
export async function openReceiver(react: Reaction = () => 204): Promise<Receiver> {
  const received: Received[] = [];
  const receiver = { react };
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const message = toReceived(request, await readAll(request));
    received.push(message);
    const reaction = receiver.react(message, received.length);
    if (typeof reaction === "number") response.writeHead(reaction).end();
    else reaction(response);
  };
  const server = createServer((...exchange) => void take(...exchange)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${portOf(server.address())}/hook`,
    received,
    sequences: () => received.map(({ sequence }) => sequence),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** Throws if a message is not signed with this secret. It uses the library of Standard Webhooks. */
export function verify(secret: string, { body, headers }: Received): unknown {
  return new Webhook(secret).verify(body, { ...headers });
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("Not on a port");
  return address.port;
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}

function toReceived(request: IncomingMessage, body: string): Received {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const parsed: unknown = JSON.parse(body);
  const { sequence, contactId } = Check(Body, parsed) ? parsed.data : { sequence: 0, contactId: "" };
  return { headers, body, id: headers["webhook-id"] ?? "", sequence, contactId };
}
