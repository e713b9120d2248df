import type { Piece } from "../text/decode.ts";

/** One JSON value of a file. */
export interface JsonItem {
  /** Where it begins. */
  readonly line: number;
  /** Null where it is too long to be held, or has no end. */
  readonly text: string | null;
  readonly isGuessed: boolean;
}

export const maxItemLength = 262_144;
/** The members of an object under which lists of cards come. */
const listNames = new Set(["cards", "list"]);

/**
 * The values of a file, one by one: the elements of its array; or those of the array `cards` or `list` of its
 * object; or, where neither is there, its values themselves, one after the other. No more than one is held.
 */
export async function* splitItems(pieces: AsyncIterable<Piece>): AsyncIterable<JsonItem> {
  const splitter = new Splitter();
  for await (const piece of pieces) yield* splitter.take(piece);
  yield* splitter.end();
}

const codeOf = (character: string): number => character.charCodeAt(0);
const SPACE = codeOf(" ");
const NEWLINE = codeOf("\n");
const QUOTE = codeOf('"');
const BACKSLASH = codeOf("\\");
const COMMA = codeOf(",");
const BRACKET = codeOf("[");
const opening = new Set([BRACKET, codeOf("{")]);
const closing = new Set([codeOf("]"), codeOf("}")]);
/** What is left of an object after its list: nothing in it is an item. */
const NOWHERE = Number.POSITIVE_INFINITY;

interface OpenItem {
  readonly line: number;
  /** A number, a string or a word: it ends where something else begins. */
  readonly isScalar: boolean;
  text: string;
  isTooLong: boolean;
  isGuessed: boolean;
}

/** Follows the nesting of JSON without reading it: only strings and brackets count. */
class Splitter {
  #line = 1;
  #depth = 0;
  /** The depth at which the items stand: 0 for values by themselves, 1 in an array, 2 in an object's list. */
  #level = 0;
  /** After an object that ended on its own line, each line is an item: a broken one costs no other. */
  #isByLine = false;
  #isInString = false;
  #isEscaped = false;
  /** The latest string in the outermost object: the name of what follows. */
  #name = "";
  #item: OpenItem | null = null;
  /** Where in the present piece the item goes on. */
  #from = 0;

  *take({ text, isGuessed }: Piece): Iterable<JsonItem> {
    this.#from = 0;
    if (this.#item !== null) this.#item.isGuessed ||= isGuessed;
    for (let at = 0; at < text.length; at++) {
      const character = text.charCodeAt(at);
      const ended = this.#isByLine ? this.#stepInLine(character, at) : this.#step(character, at);
      if (this.#item !== null && this.#from === at) this.#item.isGuessed ||= isGuessed;
      if (ended !== null) yield this.#finish(text.slice(this.#from, ended));
      if (character === NEWLINE) this.#line += 1;
    }
    if (this.#item !== null) this.#hold(this.#item, text.slice(this.#from));
  }

  *end(): Iterable<JsonItem> {
    const item = this.#item;
    if (item === null) return;
    const isWhole = this.#isByLine || item.isScalar;
    yield { line: item.line, text: isWhole && !item.isTooLong ? item.text : null, isGuessed: item.isGuessed };
  }

  /** The end of the item in the present piece, where the character ends it. */
  #step(character: number, at: number): number | null {
    if (this.#isInString) return this.#stepInString(character);
    if (character === QUOTE) {
      this.#isInString = true;
      this.#name = "";
      return this.#begin(at, true);
    }
    if (opening.has(character)) return this.#open(character, at);
    if (closing.has(character)) return this.#close(at);
    if (character === COMMA || character <= SPACE) return this.#item?.isScalar === true ? at : null;
    return this.#begin(at, true);
  }

  #stepInLine(character: number, at: number): number | null {
    if (character === NEWLINE) return this.#item === null ? null : at;
    if (this.#item === null && character > SPACE) this.#start(at, false);
    return null;
  }

  #stepInString(character: number): null {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (character === BACKSLASH) this.#isEscaped = true;
    else if (character === QUOTE) this.#isInString = false;
    else if (this.#depth === 1 && this.#name.length < 8) this.#name += String.fromCharCode(character);
    return null;
  }

  #open(character: number, at: number): null {
    if (this.#level === 0 && character === BRACKET) {
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
    else if (this.#depth < this.#level) this.#level = NOWHERE;
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
