import { isWithin } from "../../json/size.ts";
import type { Translation } from "./dialect.ts";

/** Limits of one body, which is stored as it came and may be read again. */
export const bodyLimits = { depth: 64, values: 20_000 };

/** The value of a body, or why it has none. */
export type Read =
  | { readonly kind: "value"; readonly value: unknown }
  | Exclude<Translation, { kind: "events" }>;

/** Parses a JSON body, or says why it is not valid JSON. */
export function readJson(body: string): Read {
  try {
    const value: unknown = JSON.parse(body);
    return isWithin(value, bodyLimits) ? { kind: "value", value } : tooMuch("");
  } catch (error) {
    return { kind: "malformed", form: "JSON", detail: error instanceof Error ? error.message : "" };
  }
}

/** The refusal of a body that exceeds the limits. */
export function tooMuch(pointer: string): Extract<Translation, { kind: "invalid" }> {
  const detail = `is nested deeper than ${bodyLimits.depth} levels, or holds more than ${bodyLimits.values} values`;
  return { kind: "invalid", errors: [{ pointer, detail }] };
}

/** A form's fields (application/x-www-form-urlencoded). Of repeated fields the first counts. */
export function readForm(body: string): Readonly<Record<string, string>> {
  const fields = [...new URLSearchParams(body)].toReversed();
  return Object.fromEntries(fields.slice(-bodyLimits.values));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads UTF-8, else Latin-1: a name in another encoding must not lose the event. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes).replaceAll("\0", "\u{fffd}");
  } catch {
    return Buffer.from(bytes).toString("latin1").replaceAll("\0", "\u{fffd}");
  }
}

/** Replaces characters that Postgres cannot store, so that the event is not lost. */
export const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\u{fffd}");

/** Milliseconds since 1970 as RFC 3339. Undefined outside of the years 1970 to 9999. */
export function timeOf(milliseconds: number): string | undefined {
  if (!(milliseconds > 0 && milliseconds < 253_402_300_800_000)) return undefined;
  return new Date(Math.floor(milliseconds)).toISOString();
}

/**
 * A time from a clock of whole seconds: the end of that second. A call at 10:00:00.9 is reported as 10:00:00, and
 * must not count as earlier than one at 10:00:00.5.
 */
export const endOfSecond = (seconds: number): string | undefined => timeOf(Math.floor(seconds) * 1000 + 999);

/** A quoted or plain name before a URI in brackets, and the header's parameters behind it. */
const nameAddr = /^(?:"(?:[^"\\]|\\.)*"\s*|[^"<>,;]*)<([^<>"]+)>(?:\s*;[^<>,]*)?$/;

/**
 * The URI of a name-addr (RFC 3261 25.1), which some PBXs send in place of a URI. Any other text stays as it is, also a
 * list of several.
 */
export function addrSpecOf(text: string): string {
  const [, uri = text] = nameAddr.exec(text.trim()) ?? [];
  return uri.trim();
}

/** The Expires header of the answer. A malformed one counts as an hour (RFC 3261 8.3, 20.19). */
export function expiresOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : 3600;
}
