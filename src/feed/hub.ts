import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { describeFault } from "../faults/fault.ts";
import type { Database } from "../store/client.ts";
import { readFollowed } from "../store/feed/extent.ts";
import { readFeed } from "../store/feed/history.ts";
import type { FeedSignal } from "../store/feed/signal.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { changeToJson } from "../wire/change-to-wire.ts";
import { type Batch, toBatch } from "./batch.ts";
import { buildGate } from "./gate.ts";
import type { FeedLimits } from "./limits.ts";
import { type Follower, openReader, type Reader } from "./reader.ts";
import { openRoom, type Room } from "./room.ts";

/** The streams of this process. They cost a query for each batch of changes, not for each reader. */
export interface FeedHub {
  /** Whether it takes no other stream, now or any more. */
  isFull(): boolean;
  /** Sends every change after the follower's sequence, once and in order, until the connection ends. */
  follow(response: ServerResponse, follower: Follower): void;
  /** Ends all streams. */
  close(): Promise<void>;
}

export interface FeedHubDeps {
  readonly db: Database;
  readonly signal: FeedSignal;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly limits: FeedLimits;
}

const closePatienceMs = 1_000;

export function openFeedHub({ db, signal, metrics, log, limits }: FeedHubDeps): FeedHub {
  const rooms = new Map<string, Room>();
  const readers = new Set<Reader>();
  const live = buildGate(limits.liveReads);
  const behind = buildGate(limits.catchUpReads);
  let isClosed = false;
  let isLooking = false;

  const readBatch = async (bookId: string, after: number): Promise<Batch | null> => {
    const rows = await readFeed(db, bookId, { after, limit: limits.batchChanges });
    const items = rows.map((row) => ({
      sequence: Number(row.sequence),
      at: row.at,
      data: changeToJson(row),
    }));
    return toBatch(after, items);
  };
  const onFault = (error: unknown) =>
    log.warn({ fault: describeFault(error) }, "The streams of the feed wait: the changes could not be read");
  const onSent = ({ times }: Batch) => {
    for (const at of times) metrics.feedDelaySeconds.observe(Math.max(0, Date.now() - at.getTime()) / 1000);
  };

  const join = (reader: Reader): boolean => {
    const room = rooms.get(reader.bookId);
    return room !== undefined && !room.isEmpty() && room.join(reader);
  };

  /** For a reader that has all there is: into the room, or the first of a new one. */
  const enter = (reader: Reader): boolean => {
    const { bookId } = reader;
    if (rooms.get(bookId)?.isEmpty() === false) return join(reader);
    const read = (after: number) => live(() => readBatch(bookId, after));
    const room = openRoom(reader.position(), { read, onSent, onFault, limits });
    room.join(reader);
    rooms.set(bookId, room);
    // What was committed since the reader's last page was told to nobody.
    void room.wake();
    return true;
  };

  /** Page by page, at the reader's own pace, until it is where the others are. */
  const catchUp = async (reader: Reader): Promise<void> => {
    while (reader.isOpen() && !join(reader)) {
      const page = await behind(async () => {
        // While it waited in line it may have gone, or others may have come to the end.
        if (!reader.isOpen() || join(reader)) return "done";
        return readBatch(reader.bookId, reader.position());
      });
      if (page === "done") return;
      if (page === null) return reader.end();
      reader.send(page);
      await reader.drained();
      const isAtEnd = page.times.length < limits.batchChanges;
      if (isAtEnd && reader.isOpen() && enter(reader)) return;
    }
  };

  const leave = (reader: Reader): void => {
    readers.delete(reader);
    metrics.feedReaders.set(readers.size);
    const room = rooms.get(reader.bookId);
    room?.leave(reader);
    if (room?.isEmpty()) rooms.delete(reader.bookId);
  };

  /** One query for all: what news did not arrive, which books went back, which keys are no more. */
  const look = async (): Promise<void> => {
    const asked = new Map([...rooms].map(([bookId, room]) => [bookId, { room, position: room.position() }]));
    const keyIds = new Set([...readers].map(({ keyId }) => keyId));
    const state = await readFollowed(db, { bookIds: [...asked.keys()], keyIds: [...keyIds] });
    for (const reader of readers) {
      if (keyIds.has(reader.keyId) && !state.validKeyIds.has(reader.keyId)) reader.end();
    }
    for (const [bookId, { room, position }] of asked) {
      const { last, trimmedTo } = state.extents.get(bookId) ?? { last: -1, trimmedTo: 0 };
      if (last < position || trimmedTo > room.position()) room.end();
      else void room.wake(last);
    }
  };

  const lookOnce = async (): Promise<void> => {
    if (isLooking || readers.size === 0) return;
    isLooking = true;
    await look().catch(onFault);
    isLooking = false;
  };

  const stopListening = signal.listen((bookId) => {
    if (bookId === null) void lookOnce();
    else void rooms.get(bookId)?.wake();
  });
  const beats = setInterval(() => {
    for (const reader of readers) reader.beat();
  }, limits.heartbeatSeconds * 1000).unref();

  return {
    isFull: () => isClosed || readers.size >= limits.streams,
    follow: (response, follower) => {
      const { bookId, keyId } = follower;
      const reader = openReader(response, follower, {
        bufferedBytes: limits.bufferedBytes,
        onSlow: () =>
          log.info({ bookId, keyId }, `A stream of the key ${keyId} ended: its reader is too slow`),
      });
      readers.add(reader);
      metrics.feedReaders.set(readers.size);
      void reader.closed.then(() => leave(reader));
      void catchUp(reader).catch((error: unknown) => {
        onFault(error);
        reader.end();
      });
    },
    close: async () => {
      isClosed = true;
      stopListening();
      clearInterval(beats);
      for (const reader of readers) reader.end();
      const patience = sleep(closePatienceMs, undefined, { ref: false });
      await Promise.race([Promise.all([...readers].map(({ closed }) => closed)), patience]);
      for (const reader of readers) reader.cut();
    },
  };
}
