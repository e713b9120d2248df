import { Readable } from "node:stream";

/**
 * Pieces of text as a stream, once the first of them is there: until then, what fails is thrown and can be answered.
 * Later there is only one way left to say that the text is not whole: the stream breaks, and the connection with it.
 * Pieces are asked for as the reader takes them, and no more once it is gone.
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
  // Not the error itself, which may quote what it choked on: Fastify logs this one.
  if (!isWhole) throw new Error("The text broke off");
}
