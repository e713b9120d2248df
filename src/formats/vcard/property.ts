import ICAL from "ical.js";
import { arrayOf, isObject, type Json } from "../../json/parse.ts";

/** A property of a card, its parameters and value unescaped. */
export interface CardProperty {
  /** In lower case, without its group. */
  readonly name: string;
  readonly group: string | null;
  /** In lower case. */
  readonly types: readonly string[];
  /** Null where the file does not say it. */
  readonly service: string | null;
  /** The parts of a structured value (N, ORG); of another one, the one value. */
  readonly values: readonly string[];
}

const HEAD = /^((?:[^":]|"[^"]*")*):(.*)$/s;
/** What vCard 2.1 writes without a name: TEL;CELL;VOICE. */
const BARE_PARAM = /;(?=[A-Z0-9-]+(?:[;:]|$))/gi;
const CHARSET = /;CHARSET=([A-Z0-9-]+)/i;
const ENCODING = /;(?:ENCODING=)?QUOTED-PRINTABLE/i;

/** One unfolded content line; null if the line is not one. `version` is the card's. */
export function readProperty(contentLine: string, version: string): CardProperty | null {
  try {
    const design = version.startsWith("4") ? ICAL.design.vcard : ICAL.design.vcard3;
    const property: Json = ICAL.parse.property(plain(contentLine), design);
    const [name, params, type, ...values] = arrayOf(property);
    if (typeof name !== "string" || !isObject(params)) return null;
    const { group, type: types, "x-service-type": service } = params;
    return {
      name: name.slice(name.indexOf(".") + 1),
      group: typeof group === "string" ? group : null,
      types: textsOf(types).map((each) => each.toLowerCase()),
      service: textsOf(service)[0] ?? null,
      values: textsOf(values.length === 1 ? values[0] : values).map(
        type === "unknown" ? unescapeText : String,
      ),
    };
  } catch {
    return null;
  }
}

function textsOf(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.map((each) => textsOf(each).join(" "));
  return typeof value === "string" ? [value] : [];
}

/** RFC 6350 3.4; for the properties of others, which ical.js leaves as they are. */
function unescapeText(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, escaped: string) => (escaped.toLowerCase() === "n" ? "\n" : escaped));
}

const STRUCTURED = /^(?:[A-Z0-9-]+\.)?(?:N|ORG)[;:]/i;

/**
 * The line without what ical.js does not read: the bare parameters, quoted-printable and character sets of vCard
 * 2.1, and a backslash before a semicolon where none is needed.
 */
function plain(contentLine: string): string {
  const [, head = "", value = ""] = HEAD.exec(contentLine) ?? [];
  if (head === "") return contentLine;
  const charset = CHARSET.exec(head)?.[1] ?? "utf-8";
  const decoded = ENCODING.test(head) ? decodeQuotedPrintable(value, charset) : value;
  const text = STRUCTURED.test(contentLine)
    ? decoded
    : decoded.replaceAll(/\\(.)/gs, (pair, escaped: string) => (escaped === ";" ? ";" : pair));
  const params = head.replace(ENCODING, "").replace(CHARSET, "").replaceAll(BARE_PARAM, ";TYPE=");
  return `${params}:${text}`;
}

/** RFC 2045 6.7; line ends within are written as vCard 3 writes them. */
function decodeQuotedPrintable(text: string, charset: string): string {
  const bytes = Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  return new TextDecoder(charset).decode(bytes).replaceAll(/\r\n|\n|\r/g, "\\n");
}
