import type { ServerResponse } from "node:http";
import { type Batch, bytesAfter, heartbeat, preamble } from "./batch.ts";

/** Whose stream it is. */
export interface Follower {
  readonly bookId: string;
  readonly keyId: string;
  /** The sequence that it goes on from. */
  readonly after: number;
}

/** One open stream. What it was sent waits, up to a limit, until the other side takes it. */
export interface Reader {
  readonly bookId: string;
  readonly keyId: string;
  /** Settles when the connection is done with. */
  readonly closed: Promise<void>;
  isOpen(): boolean;
  /** The sequence of the last change that it was sent. */
  position(): number;
  /** Sends what of the batch is new to it. False where so much waits already that the stream ends instead. */
  send(batch: Batch): boolean;
  /** Settles when no more waits than what is on its way, or when the stream is over. */
  drained(): Promise<void>;
  /** Says that the stream lives, and cuts one whose other side took nothing since the last time. */
  beat(): void;
  /** Ends after the last whole event: the other side can come back with its id. */
  end(): void;
  cut(): void;
}

export interface ReaderOptions {
  readonly bufferedBytes: number;
  readonly onSlow: () => void;
}

export function openReader(
  response: ServerResponse,
  { bookId, keyId, after }: Follower,
  { bufferedBytes, onSlow }: ReaderOptions,
): Reader {
  let position = after;
  let isOpen = true;
  let takenAtLastBeat: number | null = null;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const end = () => {
    isOpen = false;
    response.end();
  };
  response.once("close", () => {
    isOpen = false;
    resolve();
  });
  // Its close follows.
  response.on("error", () => {});
  response.write(preamble(Math.random()));
  return {
    bookId,
    keyId,
    closed,
    isOpen: () => isOpen,
    position: () => position,
    send: (batch) => {
      const bytes = isOpen ? bytesAfter(batch, position) : null;
      if (bytes === null) return isOpen;
      if (response.writableLength > bufferedBytes) {
        onSlow();
        end();
        return false;
      }
      response.write(bytes);
      position = batch.last;
      return true;
    },
    drained: async () => {
      if (isOpen && response.writableNeedDrain) await drainOrClose(response);
    },
    beat: () => {
      const taken = takenBytes(response);
      if (taken === null && isOpen) response.write(heartbeat);
      else if (taken === takenAtLastBeat) response.destroy();
      takenAtLastBeat = taken;
    },
    end,
    cut: () => void response.destroy(),
  };
}

/** How many bytes have left this process for the other side; null where none is waiting to. */
function takenBytes({ socket, writableLength }: ServerResponse): number | null {
  return socket === null || writableLength === 0 ? null : socket.bytesWritten - socket.writableLength;
}

function drainOrClose(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const settle = () => {
    response.off("drain", settle).off("close", settle);
    resolve();
  };
  response.on("drain", settle).on("close", settle);
  return promise;
}
