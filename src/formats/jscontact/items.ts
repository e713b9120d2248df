import type { Piece } from "../text/decode.ts";

/** One JSON value of a file. */
export interface JsonItem {
  /** The line on which it begins. */
  readonly line: number;
  /** Null if it is too long or has no end. */
  readonly text: string | null;
  readonly isGuessed: boolean;
}

export const maxItemLength = 262_144;
/** The members of an object that may hold the list of cards. */
const listNames = new Set(["cards", "list"]);

/**
 * The values of a file, one by one: the elements of its array; or the elements of the array `cards` or `list` in its
 * object; or, without such an array, the values themselves. Only one is in memory at a time.
 */
export async function* splitItems(pieces: AsyncIterable<Piece>): AsyncIterable<JsonItem> {
  const splitter = new Splitter();
  for await (const piece of pieces) yield* splitter.take(piece);
  yield* splitter.end();
}

const codeOf = (character: string): number => character.charCodeAt(0);
const space = codeOf(" ");
const newline = codeOf("\n");
const quote = codeOf('"');
const backslash = codeOf("\\");
const comma = codeOf(",");
const bracket = codeOf("[");
const opening = new Set([bracket, codeOf("{")]);
const closing = new Set([codeOf("]"), codeOf("}")]);
/** The level after an object's list: what follows in the object is not an item. */
const nowhere = Number.POSITIVE_INFINITY;

interface OpenItem {
  readonly line: number;
  /** A number, a string or a word: it ends before the next separator. */
  readonly isScalar: boolean;
  text: string;
  isTooLong: boolean;
  isGuessed: boolean;
}

/** Follows the nesting of JSON by its strings and brackets, without parsing it. */
class Splitter {
  #line = 1;
  #depth = 0;
  /** The depth of the items: 0 for single values, 1 in an array, 2 in an object's list. */
  #level = 0;
  /** After an object that ended on its own line, each line is an item, so a broken one does not harm the others. */
  #isByLine = false;
  #isInString = false;
  #isEscaped = false;
  /** The latest string in the outermost object: the name of the value that follows. */
  #name = "";
  #item: OpenItem | null = null;
  /** The place in the present piece at which the item begins or continues. */
  #from = 0;

  *take({ text, isGuessed }: Piece): Iterable<JsonItem> {
    this.#from = 0;
    if (this.#item !== null) this.#item.isGuessed ||= isGuessed;
    for (let at = 0; at < text.length; at++) {
      const character = text.charCodeAt(at);
      const ended = this.#isByLine ? this.#stepInLine(character, at) : this.#step(character, at);
      if (this.#item !== null && this.#from === at) this.#item.isGuessed ||= isGuessed;
      if (ended !== null) yield this.#finish(text.slice(this.#from, ended));
      if (character === newline) this.#line += 1;
    }
    if (this.#item !== null) this.#hold(this.#item, text.slice(this.#from));
  }

  *end(): Iterable<JsonItem> {
    const item = this.#item;
    if (item === null) return;
    const isWhole = this.#isByLine || item.isScalar;
    yield { line: item.line, text: isWhole && !item.isTooLong ? item.text : null, isGuessed: item.isGuessed };
  }

  /** Returns the end of the item in the present piece if this character ends it. */
  #step(character: number, at: number): number | null {
    if (this.#isInString) return this.#stepInString(character);
    if (character === quote) {
      this.#isInString = true;
      this.#name = "";
      return this.#begin(at, true);
    }
    if (opening.has(character)) return this.#open(character, at);
    if (closing.has(character)) return this.#close(at);
    if (character === comma || character <= space) return this.#item?.isScalar === true ? at : null;
    return this.#begin(at, true);
  }

  #stepInLine(character: number, at: number): number | null {
    if (character === newline) return this.#item === null ? null : at;
    if (this.#item === null && character > space) this.#start(at, false);
    return null;
  }

  #stepInString(character: number): null {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (character === backslash) this.#isEscaped = true;
    else if (character === quote) this.#isInString = false;
    else if (this.#depth === 1 && this.#name.length < 8) this.#name += String.fromCharCode(character);
    return null;
  }

  #open(character: number, at: number): null {
    if (this.#level === 0 && character === bracket) {
      const isList = this.#depth === 1 && listNames.has(this.#name);
      if (isList) this.#item = null;
      if (isList || this.#depth === 0) {
        this.#depth += 1;
        this.#level = this.#depth;
        return null;
      }
    }
    this.#begin(at, false);
    this.#depth += 1;
    return null;
  }

  #close(at: number): number | null {
    const item = this.#item;
    this.#depth = Math.max(this.#depth - 1, 0);
    const isEnd = item !== null && (item.isScalar || this.#depth === this.#level);
    if (isEnd && !item.isScalar) this.#isByLine = this.#level === 0 && item.line === this.#line;
    if (this.#depth === 0) this.#level = 0;
    else if (this.#depth < this.#level) this.#level = nowhere;
    if (!isEnd) return null;
    return item.isScalar ? at : at + 1;
  }

  #begin(at: number, isScalar: boolean): null {
    if (this.#item === null && this.#depth === this.#level) this.#start(at, isScalar);
    return null;
  }

  #start(at: number, isScalar: boolean): void {
    this.#item = { line: this.#line, isScalar, text: "", isTooLong: false, isGuessed: false };
    this.#from = at;
  }

  #hold(item: OpenItem, more: string): void {
    item.isTooLong ||= item.text.length + more.length > maxItemLength;
    item.text = item.isTooLong ? "" : item.text + more;
  }

  #finish(last: string): JsonItem {
    const item = this.#item ?? {
      line: this.#line,
      isScalar: true,
      text: "",
      isTooLong: false,
      isGuessed: false,
    };
    this.#hold(item, last);
    this.#item = null;
    return { line: item.line, text: item.isTooLong ? null : item.text, isGuessed: item.isGuessed };
  }
}
