import type { Database } from "../store/client.ts";
import { readFollowed } from "../store/feed/extent.ts";
import type { BookRooms } from "./book-rooms.ts";
import type { Reader } from "./reader.ts";

/**
 * Asks the database about all streams, in one query. Wakes rooms that missed a notification, and ends the streams whose
 * key is no longer valid or whose book was restored to an older state.
 */
export async function checkStreams(
  db: Database,
  readers: ReadonlySet<Reader>,
  rooms: BookRooms,
): Promise<void> {
  const asked = rooms.entries().map(([bookId, room]) => ({ bookId, room, position: room.position() }));
  const keyIds = new Set([...readers].map(({ keyId }) => keyId));
  const bookIds = asked.map(({ bookId }) => bookId);
  const state = await readFollowed(db, bookIds, [...keyIds]);
  for (const reader of readers) {
    // The query did not ask for the key of a reader that came while it ran.
    if (keyIds.has(reader.keyId) && !state.validKeyIds.has(reader.keyId)) reader.end();
  }
  for (const { bookId, room, position } of asked) {
    const { last, trimmedTo } = state.extents.get(bookId) ?? { last: -1, trimmedTo: 0 };
    if (last < position || trimmedTo > room.position()) room.end();
    else void room.wake(last);
  }
}
