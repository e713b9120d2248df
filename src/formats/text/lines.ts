import { decodeText } from "./decode.ts";

/** One line of a file, without its end. */
export interface Line {
  /** The first line is 1. */
  readonly number: number;
  readonly text: string;
  /** It was longer than maxLineLength, and was cut. */
  readonly isCut: boolean;
  readonly isGuessed: boolean;
}

export const maxLineLength = 262_144;

/** The lines of a file. They end at CR LF, LF or CR; the last one may have no end. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Line> {
  let number = 1;
  let held = "";
  let isGuessed = false;
  let isAfterReturn = false;
  const take = (text: string): Line => {
    const line = {
      number,
      text: text.slice(0, maxLineLength),
      isCut: text.length > maxLineLength,
      isGuessed,
    };
    number += 1;
    isGuessed = false;
    return line;
  };
  for await (const piece of decodeText(chunks)) {
    // The piece before ended with CR, and its line with it: this LF belongs to that line.
    const text = isAfterReturn && piece.text.startsWith("\n") ? piece.text.slice(1) : piece.text;
    if (piece.text === "") continue;
    isAfterReturn = piece.text.endsWith("\r");
    if (text === "") continue;
    isGuessed ||= piece.isGuessed;
    const [first = "", ...others] = text.split(/\r\n|\n|\r/);
    held = hold(held, first);
    for (const next of others) {
      yield take(held);
      isGuessed = piece.isGuessed;
      held = hold("", next);
    }
    if (held === "" && others.length > 0) isGuessed = false;
  }
  if (held !== "") yield take(held);
}

/** Keeps just enough of a line to show that it is too long. */
function hold(text: string, more: string): string {
  return text.length > maxLineLength ? text : text + more.slice(0, maxLineLength + 1);
}

/** The lines of a file. Lines can be put back and read again. */
export class LineSource {
  readonly #lines: AsyncIterator<Line>;
  /** The next line is the last one. */
  readonly #returned: Line[] = [];
  #marked: Line[] | null = null;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#lines = readLines(chunks)[Symbol.asyncIterator]();
  }

  async next(): Promise<Line | null> {
    const line = this.#returned.pop() ?? (await this.#read());
    if (line !== null) this.#marked?.push(line);
    return line;
  }

  async #read(): Promise<Line | null> {
    const { value, done } = await this.#lines.next();
    return done === true ? null : value;
  }

  /** `next` returns these lines first, in this order. */
  putBack(lines: readonly Line[]): void {
    for (const line of lines.toReversed()) this.#returned.push(line);
  }

  /** `rewind` goes back to this place. Only for a few records, because the lines between are kept in memory. */
  mark(): void {
    this.#marked = [];
  }

  rewind(): void {
    const lines = this.#marked ?? [];
    this.#marked = null;
    this.putBack(lines);
  }

  /** Stops reading the file. */
  async close(): Promise<void> {
    await this.#lines.return?.();
  }
}
