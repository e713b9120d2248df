import type { BranchOutcome } from "./calls/branch-outcome.ts";
import { type TransactionLimits, transactionLimits } from "./calls/transaction-limits.ts";
import { type Loss, openTransactions } from "./calls/transactions.ts";
import { decodeHep, type HepFault } from "./packets/decode.ts";
import { readSipMessage } from "./packets/sip-message.ts";

/** What became of a datagram or a packet of a stream: it was taken, it says nothing of a call, or why it was dropped. */
export type Fate = "taken" | "not-a-call" | "bad-sip" | "peer" | HepFault;

/** Everything between the sockets and the book: bytes in, outcomes of branches out. */
export interface Collector {
  /** `now`: our clock in milliseconds, which never goes back. */
  take(bytes: Buffer, now: number): Fate;
  due(now: number): readonly BranchOutcome[];
  end(): readonly BranchOutcome[];
  readonly hops: number;
}

export interface CollectorOptions {
  /** What agents have to send as their authenticate key; null: any or none. */
  readonly key: string | null;
  readonly onLoss: (loss: Loss) => void;
  readonly limits?: TransactionLimits;
}

export function openCollector({ key, onLoss, limits = transactionLimits }: CollectorOptions): Collector {
  const secret = key === null ? null : Buffer.from(key);
  const transactions = openTransactions(limits, onLoss);
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
