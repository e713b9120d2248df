import { type Line, readLines } from "../text/lines.ts";

/** The lines of one card that say who it is and where to call, each whole; or what is wrong with the card. */
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
const BEGIN = /^BEGIN:VCARD\s*$/i;
const END = /^END:VCARD\s*$/i;
/** Photos, keys and notes are not even held. */
const TAKEN =
  /^(?:[A-Z0-9-]+\.)?(?:VERSION|KIND|X-ADDRESSBOOKSERVER-KIND|UID|FN|N|NICKNAME|ORG|TEL|IMPP|X-ABLABEL|X-[A-Z0-9-]*SIP[A-Z0-9-]*)[;:]/i;
const QUOTED_PRINTABLE = /^[^:]*;(?:ENCODING=)?QUOTED-PRINTABLE[;:]/i;

/**
 * The cards of a file, split at BEGIN and END, so that what is wrong with one costs none of the others. Lines
 * are unfolded (RFC 6350 3.2), and those of quoted-printable are joined.
 */
export async function* splitCards(chunks: AsyncIterable<Uint8Array>): AsyncIterable<FoundCard> {
  let card: OpenCard | null = null;
  let isOutside = false;
  for await (const line of readLines(chunks)) {
    if (BEGIN.test(line.text)) {
      if (card !== null) yield broken(card.line, "has no END:VCARD");
      card = openCard(line);
      isOutside = false;
    } else if (card === null) {
      if (line.text.trim() !== "" && !isOutside) yield broken(line.number, "stands outside of any card");
      isOutside ||= line.text.trim() !== "";
    } else if (END.test(line.text)) {
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
  /** Whether the latest content line is one that is taken, and whether its next line is still of it. */
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
    card.isTaken = TAKEN.test(text);
    card.isQuotedPrintable = QUOTED_PRINTABLE.test(text);
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
