import { defined } from "../../json/defined.ts";
import { escapePointer } from "../../json/pointer.ts";
import { isTime } from "../../json/time.ts";
import { events, ignored, type Translation } from "../shared/dialect.ts";
import { dialledUri, noAnswer } from "../shared/outbound-call.ts";
import { endOfSecond, storable, timeOf } from "../shared/values.ts";
import type { Mapping } from "./mapping.ts";

/**
 * Reads the event in a body by a mapping. A value of the wrong kind stays as it is: the check of the event reports it, with
 * its place.
 */
export function readMapped(body: unknown, mapping: Mapping): Translation {
  const { constants = {}, codes, clock = "rfc3339", when = [] } = mapping;
  const at = (place: string | undefined) => (place === undefined ? undefined : find(body, place));
  if (!when.every((condition) => condition.in.map(comparable).includes(comparable(at(condition.field)))))
    return ignored("a body that the mapping does not want");

  const status = mapping.status === undefined ? constants.status : statusOf(at(mapping.status), codes);
  const requestUri = textOf(at(mapping.requestUri));
  const event = defined({
    ...constants,
    ...defined({
      id: textOf(at(mapping.id)),
      occurredAt: momentOf(textOf(at(mapping.occurredAt)), clock),
      method: textOf(at(mapping.method)),
      requestUri: typeof requestUri === "string" ? dialledUri(requestUri) : requestUri,
      status,
      reason: clip(textOf(at(mapping.reason)), 1000),
      contacts: listOf(at(mapping.contacts)),
      reasonHeaders: listOf(at(mapping.reasonHeaders)),
      warnings: listOf(at(mapping.warnings)),
      diversion: listOf(at(mapping.diversion)),
      expires: countOf(at(mapping.expires)),
      callId: clip(textOf(at(mapping.callId)), 512),
      cseq: countOf(at(mapping.cseq)),
      inDialog: flagOf(at(mapping.inDialog)),
      followed: flagOf(at(mapping.followed)),
    }),
  });
  // A body without an address is a mistake in the mapping. A body without a code is a call that was never answered.
  if (requestUri !== undefined && status === undefined) return noAnswer.codeless;
  if (typeof status === "number" && status < 200) return noAnswer.underway;
  return events({ event, names: namesIn(mapping) });
}

/** The value in a place (RFC 6901 section 4). Undefined if the place does not exist. */
export const find = (body: unknown, place: string): unknown => namesOf(place).reduce(propertyOf, body);

/** The property names that lead from the body to a place. */
export function namesOf(place: string): readonly string[] {
  if (!place.startsWith("/")) return [place];
  const names = place.slice(1).split("/");
  return names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function propertyOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const properties: Readonly<Record<string, unknown>> = { ...value };
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** Text, also of a number or a boolean. Undefined for null and empty text. */
function textOf(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (typeof value === "string") return storable(value);
  return typeof value === "number" || typeof value === "boolean" ? `${value}` : value;
}

/** The value that a condition compares. Null for an empty place. */
const comparable = (value: unknown): unknown => textOf(value) ?? null;

const clip = (text: unknown, length: number): unknown =>
  typeof text === "string" ? text.slice(0, length) : text;

/** A code as PBXs write it: alone, with its phrase, or after SIP. A number inside a sentence is not a code. */
const written = /^(?:sip(?:\/2\.0)?[ :]+)?([1-6]\d\d)(?: |$)/i;

/** The code of a value by the table `codes`. Without a table, the code in the text. */
function statusOf(value: unknown, codes: Mapping["codes"]): unknown {
  const text = textOf(value);
  if (typeof text !== "string") return text;
  if (codes !== undefined) return Object.hasOwn(codes, text) ? codes[text] : undefined;
  const [, code] = written.exec(text.trim()) ?? [];
  return code === undefined ? undefined : Number(code);
}

/** Header values: one, or an array of them. */
function listOf(value: unknown): unknown {
  const texts = Array.isArray(value) ? value.map(textOf).filter((text) => text !== undefined) : textOf(value);
  return typeof texts === "string" ? [texts] : texts;
}

function countOf(value: unknown): unknown {
  const text = textOf(value);
  return typeof text === "string" && /^\d{1,10}$/.test(text) ? Number(text) : text;
}

const flags = new Map<unknown, boolean>([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

function flagOf(value: unknown): unknown {
  const text = textOf(value);
  return flags.get(text) ?? text;
}

function momentOf(text: unknown, clock: NonNullable<Mapping["clock"]>): unknown {
  if (typeof text !== "string") return text;
  const isNumber = /^\d+(\.\d+)?$/.test(text);
  // 0 means that the time was never set.
  if (isNumber && Number(text) === 0) return undefined;
  if (clock === "milliseconds") return (isNumber ? timeOf(Number(text)) : undefined) ?? text;
  // A time without a fraction comes from a clock of whole seconds.
  const isWhole = clock === "whole-seconds" || !text.includes(".");
  if (isTime(text) && clock !== "seconds") return isWhole ? endOfSecond(Date.parse(text) / 1000) : text;
  if (!isNumber || clock === "rfc3339") return text;
  return (isWhole ? endOfSecond(Number(text)) : timeOf(Number(text) * 1000)) ?? text;
}

/** The place of each property in the body, for error texts. */
function namesIn(mapping: Mapping): Readonly<Record<string, string>> {
  const places = Object.entries(mapping).flatMap(([name, place]) =>
    typeof place === "string" && name !== "clock" ? [[name, place] as const] : [],
  );
  return Object.fromEntries(
    places.map(([name, place]) => [name, place.startsWith("/") ? place.slice(1) : escapePointer(place)]),
  );
}
