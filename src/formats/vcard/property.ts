import ICAL from "ical.js";
import { arrayOf, isObject, type Json } from "../../json/parse.ts";

/** A property of a card, with unescaped parameters and value. */
export interface CardProperty {
  /** In lower case, without its group. */
  readonly name: string;
  readonly group: string | null;
  /** In lower case. */
  readonly types: readonly string[];
  /** Null if the file does not say. */
  readonly service: string | null;
  /** The parts of a structured value (N, ORG), or the only value. */
  readonly values: readonly string[];
}

const headAndValue = /^((?:[^":]|"[^"]*")*):(.*)$/s;
/** Parameters that vCard 2.1 writes without a name: TEL;CELL;VOICE. */
const bareParam = /;(?=[A-Z0-9-]+(?:[;:]|$))/gi;
const charsetParam = /;CHARSET=([A-Z0-9-]+)/i;
const encodingParam = /;(?:ENCODING=)?QUOTED-PRINTABLE/i;

/** Reads an unfolded content line; null if it is invalid. `version` is the card's. */
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

/** RFC 6350 3.4, for non-standard properties, which ical.js does not unescape. */
function unescapeText(text: string): string {
  return text.replaceAll(/\\(.)/gs, (_, escaped: string) => (escaped.toLowerCase() === "n" ? "\n" : escaped));
}

const structuredLine = /^(?:[A-Z0-9-]+\.)?(?:N|ORG)[;:]/i;

/**
 * Removes what ical.js cannot read: the bare parameters, quoted-printable and character sets of vCard 2.1, and a
 * needless backslash before a semicolon.
 */
function plain(contentLine: string): string {
  const [, head = "", value = ""] = headAndValue.exec(contentLine) ?? [];
  if (head === "") return contentLine;
  const charset = charsetParam.exec(head)?.[1] ?? "utf-8";
  const decoded = encodingParam.test(head) ? decodeQuotedPrintable(value, charset) : value;
  const text = structuredLine.test(contentLine)
    ? decoded
    : decoded.replaceAll(/\\(.)/gs, (pair, escaped: string) => (escaped === ";" ? ";" : pair));
  const params = head.replace(encodingParam, "").replace(charsetParam, "").replaceAll(bareParam, ";TYPE=");
  return `${params}:${text}`;
}

/** RFC 2045 6.7. Line ends in the value become `\n`, as in vCard 3. */
function decodeQuotedPrintable(text: string, charset: string): string {
  const bytes = Buffer.from(
    text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
  return new TextDecoder(charset).decode(bytes).replaceAll(/\r\n|\n|\r/g, "\\n");
}
