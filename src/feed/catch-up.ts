import type { Batch } from "./batch.ts";
import type { BookRooms, ReadBatch } from "./book-rooms.ts";
import type { Gate } from "./gate.ts";
import type { Reader } from "./reader.ts";

export interface CatchUpDeps {
  readonly rooms: BookRooms;
  readonly gate: Gate;
  readonly readBatch: ReadBatch;
  /** Changes of a full page. */
  readonly batchChanges: number;
}

/** Sends page by page, at the reader's own pace, until the reader has all changes and is in the room of its book. */
export async function catchUp(reader: Reader, deps: CatchUpDeps): Promise<void> {
  const { rooms, batchChanges } = deps;
  while (reader.isOpen() && !rooms.join(reader)) {
    const page = await readPage(reader, deps);
    if (page === "done") return;
    if (page === null) return reader.end();
    reader.send(page);
    await reader.drained();
    const isAtEnd = page.times.length < batchChanges;
    if (isAtEnd && reader.isOpen() && rooms.enter(reader)) return;
  }
}

function readPage(reader: Reader, { rooms, gate, readBatch }: CatchUpDeps): Promise<Batch | null | "done"> {
  return gate(async () => {
    // While the reader waited for the gate, it may have closed, or the room may have come to its position.
    if (!reader.isOpen() || rooms.join(reader)) return "done";
    return readBatch(reader.bookId, reader.position());
  });
}
