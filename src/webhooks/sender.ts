import { type LookupAddress, lookup } from "node:dns";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import type { IpRange } from "../sip/ip.ts";
import { type AddressGuard, buildAddressGuard } from "./address-guard.ts";
import type { Message } from "./message.ts";
import type { Outcome } from "./outcome.ts";
import { AddressRefused, faultOf, post } from "./post.ts";
import { hostOf, isAddress } from "./url.ts";

type LookupCallback = (error: Error | null, addresses: readonly LookupAddress[]) => void;
/** Finds every address of a name. A callback, since sockets expect one. */
export type Resolve = (name: string, callback: LookupCallback) => void;

export interface SenderOptions {
  /** Addresses and ranges that are allowed besides the public ones. */
  readonly allowed: readonly IpRange[];
  readonly resolve?: Resolve;
  /** Limit of a whole exchange: look-up, connection, request, answer. */
  readonly timeoutMs?: number;
  /** Limit of the look-up when a URL is set. */
  readonly lookUpMs?: number;
}

/** Sends only to addresses that the guard allows, even if a name resolves differently each time. */
export interface Sender {
  /** Resolves the URL's host now. Returns what is wrong with it, or null. */
  check(url: string): Promise<string | null>;
  open(url: string): Channel;
}

/** Connections to one endpoint, kept between sends. */
export interface Channel {
  /** Rejects only if `cut` aborted it: then it is unknown whether the message arrived. */
  send(message: Message, cut?: AbortSignal): Promise<Sent>;
  close(): void;
}

export interface Sent {
  readonly outcome: Outcome;
  readonly ms: number;
}

const standardTimeoutMs = 15_000;
const standardLookUpMs = 5_000;

export function buildSender({
  allowed,
  resolve = (name, answer) => lookup(name, { all: true }, answer),
  timeoutMs = standardTimeoutMs,
  lookUpMs = standardLookUpMs,
}: SenderOptions): Sender {
  const guard = buildAddressGuard(allowed);
  const guarded = guardLookup(guard, resolve);
  return {
    check: async (text) => {
      const url = new URL(text);
      const { promise, resolve: settle } = Promise.withResolvers<Parameters<LookupCallback>>();
      if (isAddress(url)) settle([null, [{ address: hostOf(url), family: 0 }]]);
      else resolve(hostOf(url), (...answer) => settle(answer));
      // A later answer of a slow name server is ignored.
      const timer = setTimeout(() => settle([new Error("The name server does not answer"), []]), lookUpMs);
      const [error, addresses] = await promise;
      clearTimeout(timer);
      if (error !== null) return "has a host name that cannot be resolved";
      if (addresses.every(({ address }) => guard.allows(address))) return null;
      return "leads to an address that webhooks may not go to (WEBHOOK_ALLOW_PRIVATE)";
    },
    open: (text) => openChannel(new URL(text), { guard, lookup: guarded, timeoutMs }),
  };
}

interface Ways {
  readonly guard: AddressGuard;
  readonly lookup: LookupFunction;
  readonly timeoutMs: number;
}

function openChannel(url: URL, { guard, lookup: guarded, timeoutMs }: Ways): Channel {
  const options = { keepAlive: true, maxSockets: 16 };
  const agent = url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
  return {
    send: async (message, cut) => {
      const startedAt = performance.now();
      const late = AbortSignal.timeout(timeoutMs);
      const signal = cut === undefined ? late : AbortSignal.any([cut, late]);
      const exchange = async (): Promise<Outcome> => {
        // For an IP address, a socket calls no look-up.
        if (isAddress(url) && !guard.allows(hostOf(url))) throw new AddressRefused();
        return post(url, message, { agent, lookup: guarded, signal });
      };
      const outcome = await exchange().catch((error: unknown): Outcome => {
        cut?.throwIfAborted();
        return { kind: "unanswered", fault: late.aborted ? "timed-out" : faultOf(error) };
      });
      return { outcome, ms: Math.round(performance.now() - startedAt) };
    },
    close: () => agent.destroy(),
  };
}

/** The connection uses the very addresses that were checked, so a second look-up cannot give other ones. */
function guardLookup(guard: AddressGuard, resolve: Resolve): LookupFunction {
  return (name, { all }, callback) =>
    resolve(name, (error, addresses) => {
      const [first] = error === null ? addresses : [];
      if (error !== null) callback(error, []);
      else if (first === undefined || !addresses.every(({ address }) => guard.allows(address)))
        callback(new AddressRefused(), []);
      else if (all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
}
