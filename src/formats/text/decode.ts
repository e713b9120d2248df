/** A part of a file as text. */
export interface Piece {
  readonly text: string;
  /** It was not valid UTF-8, and was read as windows-1252. */
  readonly isGuessed: boolean;
}

const maxPieceBytes = 65_536;
const lineFeed = 0x0a;
const byteOrderMarks: readonly [string, readonly number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * Decodes a file. A byte order mark names the encoding (UTF-8, UTF-16LE, UTF-16BE) and is left out. Without one the
 * file is UTF-8; a line that is not valid UTF-8 is read as windows-1252 and marked. The result does not depend on
 * where the chunks are cut.
 */
export async function* decodeText(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Piece> {
  let held = Buffer.alloc(0);
  let decode: ((bytes: Buffer, isLast: boolean) => Decoded) | null = null;
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    if (decode === null && held.length < 3) continue;
    const start = decode === null ? findEncoding(held) : null;
    if (start !== null) held = held.subarray(start.skip);
    decode ??= openDecoder(start?.encoding ?? null);
    const { pieces, rest } = decode(held, false);
    held = rest;
    yield* pieces;
  }
  const { encoding, skip } = decode === null ? findEncoding(held) : { encoding: null, skip: 0 };
  decode ??= openDecoder(encoding);
  yield* decode(held.subarray(skip), true).pieces;
}

interface Decoded {
  readonly pieces: readonly Piece[];
  readonly rest: Buffer<ArrayBuffer>;
}

function findEncoding(bytes: Buffer): { readonly encoding: string | null; readonly skip: number } {
  const found = byteOrderMarks.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte));
  return found === undefined ? { encoding: null, skip: 0 } : { encoding: found[0], skip: found[1].length };
}

function openDecoder(encoding: string | null) {
  return encoding === "utf-16le" || encoding === "utf-16be" ? openWide(encoding) : decodeLines;
}

function openWide(encoding: string) {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  return (bytes: Buffer, isLast: boolean): Decoded => {
    const text = decoder.decode(bytes, { stream: !isLast });
    return { pieces: [{ text, isGuessed: false }], rest: Buffer.alloc(0) };
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const windows1252 = new TextDecoder("windows-1252", { ignoreBOM: true });

/** Decodes all lines at once if they are valid UTF-8, else one by one. `rest` is the last line, if it has no end yet. */
function decodeLines(bytes: Buffer, isLast: boolean): Decoded {
  const end = isLast ? bytes.length : bytes.lastIndexOf(lineFeed) + 1;
  const whole = end === 0 ? null : tryUtf8(bytes.subarray(0, end));
  const pieces: Piece[] = whole === null ? [] : [{ text: whole, isGuessed: false }];
  let from = whole === null ? 0 : end;
  while (from < bytes.length) {
    const to = findCut(bytes, from, isLast);
    if (to === null) break;
    const line = bytes.subarray(from, to);
    const text = tryUtf8(line);
    pieces.push({ text: text ?? windows1252.decode(line), isGuessed: text === null });
    from = to;
  }
  return { pieces, rest: Buffer.from(bytes.subarray(from)) };
}

/** The end of the line that begins at `from`. A line that is too long is cut between two characters. */
function findCut(bytes: Buffer, from: number, isLast: boolean): number | null {
  const newline = bytes.indexOf(lineFeed, from);
  if (newline !== -1 && newline < from + maxPieceBytes) return newline + 1;
  if (bytes.length > from + maxPieceBytes) return betweenCharacters(bytes, from + maxPieceBytes);
  return isLast ? bytes.length : null;
}

function betweenCharacters(bytes: Buffer, place: number): number {
  const start = [0, 1, 2, 3].find((back) => ((bytes[place - back] ?? 0) & 0xc0) !== 0x80);
  return place - (start ?? 0);
}

function tryUtf8(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
