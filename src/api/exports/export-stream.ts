import { Readable } from "node:stream";

/**
 * Streams pieces of text. An error before the first piece is thrown, so the caller still gets an error response. A
 * later error breaks the stream and the connection: only so can the reader see that the text is incomplete.
 * The next piece is requested when the reader is ready for it, and none after the reader has disconnected.
 */
export async function openStream(
  pieces: AsyncGenerator<string, void>,
  onBroken: (error: unknown) => void,
): Promise<Readable> {
  const first = await pieces.next();
  return Readable.from(follow(first, pieces, onBroken), { objectMode: false });
}

async function* follow(
  first: IteratorResult<string, void>,
  pieces: AsyncGenerator<string, void>,
  onBroken: (error: unknown) => void,
): AsyncGenerator<string, void> {
  let isWhole = true;
  try {
    if (first.done !== true) yield first.value;
    yield* pieces;
  } catch (error) {
    isWhole = false;
    onBroken(error);
  } finally {
    await pieces.return();
  }
  // Fastify logs this error. The original one may quote user data.
  if (!isWhole) throw new Error("The text broke off");
}
