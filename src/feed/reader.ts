import type { ServerResponse } from "node:http";
import { type Batch, bytesAfter, heartbeat, preamble } from "./batch.ts";

/** Who follows which book, and from where. */
export interface Follower {
  readonly bookId: string;
  readonly keyId: string;
  /** The sequence after which the stream starts. */
  readonly after: number;
}

/** One open stream. It buffers what it sends, up to a limit, until the client takes it. */
export interface Reader {
  readonly bookId: string;
  readonly keyId: string;
  /** Settles when the connection is closed. */
  readonly closed: Promise<void>;
  isOpen(): boolean;
  /** The sequence of the last change that was sent. */
  position(): number;
  /** Sends the changes of the batch that are new to it. False if the stream ends instead, its buffer being full. */
  send(batch: Batch): boolean;
  /** Settles when the buffer has drained, or the stream has ended. */
  drained(): Promise<void>;
  /** Sends a heartbeat. Cuts the stream if the client took nothing since the last beat. */
  beat(): void;
  /** Ends after the last whole event: the client can resume with its id. */
  end(): void;
  cut(): void;
}

interface ReaderOptions {
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
  // `close` follows.
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

/** How many bytes have left this process; null if none are waiting to. */
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
