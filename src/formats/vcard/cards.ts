import { type Line, readLines } from "../text/lines.ts";

/** The unfolded lines of one card with its names and addresses, or what is wrong with the card. */
export type FoundCard =
  | {
      readonly kind: "card";
      readonly line: number;
      readonly contentLines: readonly string[];
      readonly isGuessed: boolean;
    }
  | { readonly kind: "broken"; readonly line: number; readonly detail: string };

const maxContentLines = 1000;
const maxCardLength = 262_144;
const begin = /^BEGIN:VCARD\s*$/i;
const end = /^END:VCARD\s*$/i;
/** The lines that we read. Others, such as photos, are not kept in memory. */
const taken =
  /^(?:[A-Z0-9-]+\.)?(?:VERSION|KIND|X-ADDRESSBOOKSERVER-KIND|UID|FN|N|NICKNAME|ORG|TEL|IMPP|X-ABLABEL|X-[A-Z0-9-]*SIP[A-Z0-9-]*)[;:]/i;
const quotedPrintable = /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]/i;

/**
 * Splits a file at BEGIN and END, so that a broken card does not harm the others. Unfolds lines (RFC 6350 3.2), and
 * joins those of quoted-printable.
 */
export async function* splitCards(chunks: AsyncIterable<Uint8Array>): AsyncIterable<FoundCard> {
  let card: OpenCard | null = null;
  let isOutside = false;
  for await (const line of readLines(chunks)) {
    if (begin.test(line.text)) {
      if (card !== null) yield broken(card.line, "has no END:VCARD");
      card = openCard(line);
      isOutside = false;
    } else if (card === null) {
      if (line.text.trim() !== "" && !isOutside) yield broken(line.number, "is not inside a card");
      isOutside ||= line.text.trim() !== "";
    } else if (end.test(line.text)) {
      yield closeCard(card);
      card = null;
    } else {
      addLine(card, line);
    }
  }
  if (card !== null) yield broken(card.line, "has no END:VCARD");
}

interface OpenCard {
  readonly line: number;
  readonly contentLines: string[];
  length: number;
  isGuessed: boolean;
  /** True if the latest content line is one that we read. */
  isTaken: boolean;
  isQuotedPrintable: boolean;
  isUnfinished: boolean;
}

function openCard({ number }: Line): OpenCard {
  return {
    line: number,
    contentLines: [],
    length: 0,
    isGuessed: false,
    isTaken: false,
    isQuotedPrintable: false,
    isUnfinished: false,
  };
}

function addLine(card: OpenCard, { text, isGuessed }: Line): void {
  const isFolded = /^[ \t]/.test(text);
  if (!isFolded && !card.isUnfinished) {
    card.isTaken = taken.test(text);
    card.isQuotedPrintable = quotedPrintable.test(text);
    if (card.isTaken) card.contentLines.push("");
  }
  const more = isFolded ? text.slice(1) : text;
  card.isUnfinished = card.isQuotedPrintable && more.endsWith("=");
  if (!card.isTaken) return;
  card.isGuessed ||= isGuessed;
  card.length += more.length;
  if (card.length > maxCardLength || card.contentLines.length > maxContentLines) return;
  const last = card.contentLines.length - 1;
  card.contentLines[last] = (card.contentLines[last] ?? "") + (card.isUnfinished ? more.slice(0, -1) : more);
}

function closeCard({ line, contentLines, length, isGuessed }: OpenCard): FoundCard {
  if (length > maxCardLength) return broken(line, `is longer than ${maxCardLength} characters`);
  if (contentLines.length > maxContentLines) return broken(line, `has more than ${maxContentLines} lines`);
  return { kind: "card", line, contentLines, isGuessed };
}

function broken(line: number, detail: string): FoundCard {
  return { kind: "broken", line, detail };
}
