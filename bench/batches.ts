import { toNewEvent } from "../src/receive/intake/event-input.ts";
import { type EventInput, validateEvent } from "../src/receive/intake/validate.ts";
import { type NewEvent, storeEvents } from "../src/store/events/inbox.ts";
import { applyBatch } from "../src/store/fold/apply.ts";
import type { Bench } from "./parts/bench.ts";
import { type BenchBook, makeBook } from "./parts/book.ts";
import { placeCalls, take } from "./parts/calls.ts";
import { figure, ratio, table } from "./parts/report.ts";

const sizes = [1, 20, 200, 1000] as const;

interface BatchResult {
  readonly size: number;
  readonly events: number;
  readonly changes: number;
  readonly storeMs: number;
  readonly applyMs: number;
}

/** Measures only the database: `storeEvents`, then `applyBatch`, in one process, one batch after the other. */
export async function measureBatches(bench: Bench): Promise<void> {
  const results: BatchResult[] = [];
  for (const size of sizes) results.push(await measure(bench, size));
  const rate = ({ events, storeMs, applyMs }: BatchResult) => (events * 1000) / (storeMs + applyMs);
  const [first] = results;
  const rows = results.map((result) => {
    const { size, events, changes, storeMs, applyMs } = result;
    const batches = events / size;
    return [
      String(size),
      figure(rate(result)),
      ratio(rate(result), first === undefined ? 1 : rate(first)),
      figure(storeMs / batches),
      figure(applyMs / batches),
      figure((changes * 1000) / (storeMs + applyMs)),
    ];
  });
  bench.print("\nstoreEvents and applyBatch, one batch after the other\n");
  const head = ["events a batch", "events/s", "against 1", "store ms", "apply ms", "changes/s"];
  bench.print(table(head, rows));
}

async function measure({ db, contacts, seconds, signal }: Bench, size: number): Promise<BatchResult> {
  const book = await makeBook(db, contacts);
  const calls = placeCalls(book);
  const result = { size, events: 0, changes: 0, storeMs: 0, applyMs: 0 };
  while (result.storeMs + result.applyMs < seconds * 1000) {
    signal.throwIfAborted();
    const events = take(calls, size).map((call) => toEvent(call, book));
    const started = performance.now();
    const receipts = await storeEvents(db, events);
    const stored = performance.now();
    const { changes } = await applyBatch(
      db,
      book.id,
      receipts.map(({ id }) => id),
    );
    result.events += size;
    result.changes += changes;
    result.storeMs += stored - started;
    result.applyMs += performance.now() - stored;
  }
  return result;
}

function toEvent(call: EventInput, { source }: BenchBook): NewEvent {
  const validation = validateEvent(call, { prefix: "", raw: JSON.stringify(call) });
  if (validation.kind === "invalid") throw new Error(JSON.stringify(validation.errors));
  return toNewEvent(validation.report, source);
}
