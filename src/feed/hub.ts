import type { ServerResponse } from "node:http";
import type { Logger } from "pino";
import { describeFault } from "../faults/fault.ts";
import { endsWithin } from "../faults/within.ts";
import type { Database } from "../store/client.ts";
import { readFeed } from "../store/feed/history.ts";
import type { FeedSignal } from "../store/feed/signal.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { changeToJson } from "../wire/book/changes.ts";
import { type Batch, toBatch } from "./batch.ts";
import { BookRooms, type ReadBatch } from "./book-rooms.ts";
import { type CatchUpDeps, catchUp } from "./catch-up.ts";
import { checkStreams } from "./check-streams.ts";
import { buildGate } from "./gate.ts";
import type { FeedLimits } from "./limits.ts";
import { type Follower, openReader, type Reader } from "./reader.ts";

interface FeedHubDeps {
  readonly db: Database;
  readonly signal: FeedSignal;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly limits: FeedLimits;
}

const closePatienceMs = 1_000;

/** The streams of this process. They cost a query for each batch of changes, not for each reader. */
export class FeedHub {
  readonly #deps: FeedHubDeps;
  readonly #readers = new Set<Reader>();
  readonly #rooms: BookRooms;
  readonly #catchUp: CatchUpDeps;
  readonly #stopListening: () => void;
  readonly #beats: NodeJS.Timeout;
  #isClosed = false;
  #isChecking = false;

  constructor(deps: FeedHubDeps) {
    const { signal, limits } = deps;
    this.#deps = deps;
    const readBatch: ReadBatch = (bookId, after) => this.#readBatch(bookId, after);
    const rooms = new BookRooms({
      readBatch,
      onSent: (batch) => this.#observeDelay(batch),
      onFault: (error) => this.#logFault(error),
      limits,
    });
    const gate = buildGate(limits.catchUpReads);
    this.#rooms = rooms;
    this.#catchUp = { rooms, gate, readBatch, batchChanges: limits.batchChanges };
    this.#stopListening = signal.listen((bookId) => {
      if (bookId === null) void this.#check();
      else this.#rooms.wake(bookId);
    });
    this.#beats = setInterval(() => this.#beat(), limits.heartbeatSeconds * 1000).unref();
  }

  /** True if it takes no other stream: it has its maximum, or is closed. */
  isFull(): boolean {
    return this.#isClosed || this.#readers.size >= this.#deps.limits.streams;
  }

  /** Sends every change after the follower's sequence, once and in order, until the connection ends. */
  follow(response: ServerResponse, follower: Follower): void {
    const { bookId, keyId } = follower;
    const { limits, log } = this.#deps;
    const reader = openReader(response, follower, {
      bufferedBytes: limits.bufferedBytes,
      onSlow: () => log.info({ bookId, keyId }, `A stream of the key ${keyId} ended: its reader is too slow`),
    });
    this.#readers.add(reader);
    this.#countReaders();
    void reader.closed.then(() => this.#leave(reader));
    void catchUp(reader, this.#catchUp).catch((error: unknown) => {
      this.#logFault(error);
      reader.end();
    });
  }

  /** Ends all streams. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    clearInterval(this.#beats);
    for (const reader of this.#readers) reader.end();
    await endsWithin(closePatienceMs, Promise.all([...this.#readers].map(({ closed }) => closed)));
    for (const reader of this.#readers) reader.cut();
  }

  async #readBatch(bookId: string, after: number): Promise<Batch | null> {
    const { db, limits } = this.#deps;
    const rows = await readFeed(db, bookId, { after, limit: limits.batchChanges });
    const items = rows.map((row) => ({
      sequence: Number(row.sequence),
      at: row.at,
      data: changeToJson(row),
    }));
    return toBatch(after, items);
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#countReaders();
    this.#rooms.leave(reader);
  }

  /** At most one check runs at a time. */
  async #check(): Promise<void> {
    if (this.#isChecking || this.#readers.size === 0) return;
    const { db } = this.#deps;
    this.#isChecking = true;
    await checkStreams(db, this.#readers, this.#rooms).catch((error: unknown) => this.#logFault(error));
    this.#isChecking = false;
  }

  #beat(): void {
    for (const reader of this.#readers) reader.beat();
  }

  #countReaders(): void {
    this.#deps.metrics.feedReaders.set(this.#readers.size);
  }

  #observeDelay({ times }: Batch): void {
    const { feedDelaySeconds } = this.#deps.metrics;
    for (const at of times) feedDelaySeconds.observe(Math.max(0, Date.now() - at.getTime()) / 1000);
  }

  #logFault(error: unknown): void {
    this.#deps.log.warn(
      { fault: describeFault(error) },
      "Feed streams are delayed: the changes could not be read",
    );
  }
}
