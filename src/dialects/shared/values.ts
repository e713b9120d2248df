import { isWithin } from "../../json/size.ts";
import type { Translation } from "./dialect.ts";

/** What a body may hold, known to us or not: it is kept as it came, and has to be read again. */
export const mostOfOne = { depth: 64, values: 20_000 };

/** The value that a body holds, or why there is none. */
export type Read =
  | { readonly kind: "value"; readonly value: unknown }
  | Exclude<Translation, { kind: "events" }>;

/** A JSON body, or why it is none. */
export function readJson(body: string): Read {
  try {
    const value: unknown = JSON.parse(body);
    return isWithin(value, mostOfOne) ? { kind: "value", value } : tooMuch("");
  } catch (error) {
    return { kind: "malformed", form: "JSON", detail: error instanceof Error ? error.message : "" };
  }
}

/** Why a body is refused that goes beyond what one may hold. */
export function tooMuch(pointer: string): Extract<Translation, { kind: "invalid" }> {
  const detail = `is nested deeper than ${mostOfOne.depth} levels, or holds more than ${mostOfOne.values} values`;
  return { kind: "invalid", errors: [{ pointer, detail }] };
}

/** A form's fields (application/x-www-form-urlencoded); of one that is there twice, the first. */
export function readForm(body: string): Readonly<Record<string, string>> {
  const fields = [...new URLSearchParams(body)].toReversed();
  return Object.fromEntries(fields.slice(-mostOfOne.values));
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Latin-1 where it is not UTF-8: a name in a PBX's own encoding must not cost the event. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes).replaceAll("\0", "\u{fffd}");
  } catch {
    return Buffer.from(bytes).toString("latin1").replaceAll("\0", "\u{fffd}");
  }
}

/** Without the properties that are undefined. */
export function known(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What Postgres cannot keep is replaced, so that it does not cost the event. */
export const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\u{fffd}");

/** Milliseconds since 1970, as our words have it; undefined where that is no time of the years 1970 to 9999. */
export function timeOf(milliseconds: number): string | undefined {
  if (!(milliseconds > 0 && milliseconds < 253_402_300_800_000)) return undefined;
  return new Date(Math.floor(milliseconds)).toISOString();
}

/**
 * A time from a clock of whole seconds: the end of that second. What happened at 10:00:00.9 is told as 10:00:00, and
 * must not count as before something that happened at 10:00:00.5.
 */
export const endOfSecond = (seconds: number): string | undefined => timeOf(Math.floor(seconds) * 1000 + 999);

/** A quoted or plain name before a URI in brackets, and the header's parameters behind it. */
const nameAddr = /^(?:"(?:[^"\\]|\\.)*"\s*|[^"<>,;]*)<([^<>"]+)>(?:\s*;[^<>,]*)?$/;

/**
 * The URI of a name-addr (RFC 3261 25.1), which some put where a URI belongs; other text as it is, also where there are
 * several.
 */
export function addrSpecOf(text: string): string {
  const [, uri = text] = nameAddr.exec(text.trim()) ?? [];
  return uri.trim();
}

/** The Expires header, which whoever answered wrote: a malformed one counts as an hour (RFC 3261 8.3, 20.19). */
export function expiresOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : 3600;
}
