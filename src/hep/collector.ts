import type { BranchOutcome } from "./calls/branch-outcome.ts";
import { type TransactionLimits, transactionLimits } from "./calls/transaction-limits.ts";
import { type Loss, Transactions } from "./calls/transactions.ts";
import { decodeHep, type HepFault } from "./packets/decode.ts";
import { readSipMessage } from "./packets/sip-message.ts";

/** What happened to a packet: it was taken, it is not about a call, or why it was dropped. */
export type Fate = "taken" | "not-a-call" | "bad-sip" | "peer" | HepFault;

/** Turns the bytes of packets into outcomes of branches. */
export interface Collector {
  /** `now`: our clock in milliseconds, which never goes back. */
  take(bytes: Buffer, now: number): Fate;
  due(now: number): readonly BranchOutcome[];
  end(): readonly BranchOutcome[];
  readonly hops: number;
}

export interface CollectorOptions {
  /** The authenticate key that agents must send; null accepts any key, or none. */
  readonly key: string | null;
  readonly onLoss: (loss: Loss) => void;
  readonly limits?: TransactionLimits;
}

export function openCollector({ key, onLoss, limits = transactionLimits }: CollectorOptions): Collector {
  const secret = key === null ? null : Buffer.from(key);
  const transactions = new Transactions(limits, onLoss);
  return {
    take(bytes, now) {
      const decoded = decodeHep(bytes, secret);
      if (decoded.kind === "fault") return decoded.fault;
      const { payload, ...capture } = decoded.packet;
      const message = readSipMessage(payload);
      switch (message.kind) {
        case "other":
          return "not-a-call";
        case "bad":
          return "bad-sip";
        case "invite":
        case "response":
          transactions.take(message, capture, now);
          return "taken";
      }
    },
    due: (now) => transactions.due(now),
    end: () => transactions.end(),
    get hops() {
      return transactions.hops;
    },
  };
}
