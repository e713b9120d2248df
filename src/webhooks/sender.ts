import { type LookupAddress, lookup } from "node:dns";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { type AddressGuard, buildAddressGuard } from "./address-guard.ts";
import type { Message } from "./message.ts";
import type { Outcome } from "./outcome.ts";
import { AddressRefused, faultOf, post } from "./post.ts";
import { hostOf, isAddress } from "./url.ts";

type Answer = (error: Error | null, addresses: readonly LookupAddress[]) => void;
/** Every address of a name, by a callback as sockets want it. */
export type Resolve = (name: string, answer: Answer) => void;

export interface SenderOptions {
  /** Addresses and ranges beside the public ones. */
  readonly allowed: readonly string[];
  readonly resolve?: Resolve;
  /** For the whole of an exchange: name, connection, request, answer. */
  readonly timeoutMs?: number;
  /** For the look at a name when a URL is set. */
  readonly lookUpMs?: number;
}

/** Sends to the addresses that the guard allows, and to no other, whatever a name says from one time to the next. */
export interface Sender {
  /** What is wrong with where a URL leads now, or null. */
  check(url: string): Promise<string | null>;
  open(url: string): Channel;
}

/** To one endpoint; keeps its connections between sendings. */
export interface Channel {
  /** Rejects only where `cut` ended it: whether it arrived is not known then. */
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
      const { promise, resolve: settle } = Promise.withResolvers<Parameters<Answer>>();
      if (isAddress(url)) settle([null, [{ address: hostOf(url), family: 0 }]]);
      else resolve(hostOf(url), (...answer) => settle(answer));
      // A name server that hangs holds up nobody for longer; what it says later is not heard.
      const timer = setTimeout(() => settle([new Error("The name server does not answer"), []]), lookUpMs);
      const [error, addresses] = await promise;
      clearTimeout(timer);
      if (error !== null) return "has a name that cannot be resolved";
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
        // A socket asks nobody about an address.
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

/** The connection goes to the very addresses that were looked at: there is no second look-up for a name to change in. */
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
