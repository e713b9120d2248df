import type { Batch } from "./batch.ts";
import { buildGate, type Gate } from "./gate.ts";
import type { Reader } from "./reader.ts";
import { openRoom, type Room, type RoomDeps } from "./room.ts";

/** Reads changes of a book after a sequence; null if the book no longer has them. */
export type ReadBatch = (bookId: string, after: number) => Promise<Batch | null>;

interface BookRoomsDeps extends Omit<RoomDeps, "read"> {
  readonly readBatch: ReadBatch;
}

/** The rooms of this process, one for each book that somebody follows live. */
export class BookRooms {
  readonly #rooms = new Map<string, Room>();
  readonly #deps: BookRoomsDeps;
  readonly #gate: Gate;

  constructor(deps: BookRoomsDeps) {
    this.#deps = deps;
    this.#gate = buildGate(deps.limits.liveReads);
  }

  entries(): readonly (readonly [string, Room])[] {
    return [...this.#rooms];
  }

  /** There may be new changes in a book. */
  wake(bookId: string): void {
    void this.#rooms.get(bookId)?.wake();
  }

  /** False if the book has no room, or the reader lacks changes that the room has already sent. */
  join(reader: Reader): boolean {
    const room = this.#rooms.get(reader.bookId);
    return room !== undefined && !room.isEmpty() && room.join(reader);
  }

  /** For a reader that has read up to the end of its book. It joins the book's room, or opens one. False as for `join`. */
  enter(reader: Reader): boolean {
    const { bookId } = reader;
    if (this.#rooms.get(bookId)?.isEmpty() === false) return this.join(reader);
    const read = (after: number) => this.#gate(() => this.#deps.readBatch(bookId, after));
    const room = openRoom(reader.position(), { ...this.#deps, read });
    room.join(reader);
    this.#rooms.set(bookId, room);
    // There was no room to wake for changes that were committed after the reader's last page.
    void room.wake();
    return true;
  }

  leave(reader: Reader): void {
    const room = this.#rooms.get(reader.bookId);
    room?.leave(reader);
    if (room?.isEmpty()) this.#rooms.delete(reader.bookId);
  }
}
