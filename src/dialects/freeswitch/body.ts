import { type Read, readJson, textOfBytes } from "../shared/values.ts";
import { readCdrXml } from "./xml.ts";

/**
 * The CDR in a body: JSON, XML, or one of the two in the field `cdr` of a form. FreeSWITCH's modules post each of them
 * under wrong content types, so the first characters of the body decide.
 */
export function readCdr(body: string): Read {
  const text = body.trim();
  return (
    readDocument(text) ??
    readField(text) ??
    malformed("it begins as neither JSON nor XML, and has no field cdr")
  );
}

function readDocument(text: string): Read | null {
  if (/^[[{]/.test(text)) return readJson(text);
  return text.startsWith("<") ? readCdrXml(text) : null;
}

/** Without an encoding the document goes on to the end, with every `&` and `+`. Otherwise the field ends at the first `&`. */
function readField(text: string): Read | null {
  const name = /(?:^|&)cdr=/.exec(text);
  if (name === null) return null;
  const rest = text.slice(name.index + name[0].length).trimStart();
  const [value = ""] = rest.split("&", 1);
  return (
    readDocument(rest) ??
    withHint(readDocument(decodePercent(value.replaceAll("+", " ")).trim())) ??
    readDocument(decodeBase64(decodePercent(value).trim()).trim()) ??
    malformed("its field cdr is neither JSON nor XML, also as base64")
  );
}

/** FreeSWITCH's encoder skips text that is percent-encoded already, so decoding the form also decodes the values. */
function withHint(read: Read | null): Read | null {
  if (read?.kind !== "malformed") return read;
  const hint = "with encode=true, mod_json_cdr and mod_format_cdr need encode-values=false";
  return { ...read, detail: `${read.detail} (${hint})` };
}

const malformed = (detail: string): Read => ({ kind: "malformed", form: "form", detail });

/** Invalid percent-encoding stays as it is. One pass over the bytes, since a body has up to 4 MiB. */
export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = Buffer.from(text);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const escaped = bytes[at] === percent ? hexAt(bytes, at + 1) : null;
    bytes[end] = escaped ?? bytes[at] ?? 0;
    end += 1;
    if (escaped !== null) at += 2;
  }
  return textOfBytes(bytes.subarray(0, end));
}

const percent = 0x25;

/** The byte of two hexadecimal digits, or null. */
function hexAt(bytes: Buffer, at: number): number | null {
  const [high, low] = [digits[bytes[at] ?? 0], digits[bytes[at + 1] ?? 0]];
  return high === undefined || low === undefined ? null : high * 16 + low;
}

/** By character code. */
const digits: Readonly<Record<number, number>> = Object.fromEntries(
  "0123456789ABCDEFabcdef".split("").map((digit) => [digit.charCodeAt(0), Number.parseInt(digit, 16)]),
);

/** "" if it is not text. */
const decodeBase64 = (text: string): string =>
  /^[A-Za-z0-9+/\s]+=*$/.test(text) ? textOfBytes(Buffer.from(text, "base64")) : "";
