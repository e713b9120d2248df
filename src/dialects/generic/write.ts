import type { Report } from "../../domain/rules/event.ts";
import type { Mapping } from "./mapping.ts";
import { namesOf } from "./read.ts";

type Body = { [name: string]: unknown };

/** A JSON body that the mapping reads as this report, as far as it has places for it. Null: it cannot express the status. */
export function writeMapped({ id, occurredAt, event }: Omit<Report, "raw">, mapping: Mapping): Body | null {
  const { constants = {}, codes, clock = "rfc3339", when = [] } = mapping;
  const status = codes === undefined ? event.status : wordOf(codes, event.status);
  if (status === null || (mapping.status === undefined && constants.status !== event.status)) return null;
  const isOnePlace = mapping.status !== undefined && mapping.status === mapping.reason;
  const body: Body = {};
  const put = (place: unknown, value: unknown): void => {
    if (typeof place === "string" && value !== null) set(body, place, value);
  };
  for (const { field, in: values } of when) put(field, values[0] ?? null);
  const places = new Map<string, unknown>(Object.entries(mapping));
  const moment = occurredAt === null ? null : momentOf(occurredAt, clock);
  for (const [property, value] of Object.entries({ id, occurredAt: moment, ...event }))
    put(places.get(property), value);
  // Last: the place of the status may be the place of the reason, too.
  put(mapping.status, isOnePlace && codes === undefined ? `${status} ${event.reason ?? ""}`.trim() : status);
  return body;
}

const wordOf = (codes: NonNullable<Mapping["codes"]>, status: number): string | null =>
  Object.entries(codes).find(([, code]) => code === status)?.[0] ?? null;

/** Puts a value where `find` in read.ts finds it, and replaces whatever is in the way. */
function set(body: Body, place: string, value: unknown): void {
  const names = namesOf(place);
  let parent = body;
  for (const name of names.slice(0, -1)) {
    const child = Object.hasOwn(parent, name) ? parent[name] : undefined;
    const next: Body = isBody(child) ? child : {};
    define(parent, name, next);
    parent = next;
  }
  define(parent, names.at(-1) ?? "", value);
}

const isBody = (value: unknown): value is Body =>
  typeof value === "object" && value !== null && !Array.isArray(value);

// A plain assignment to __proto__ would set no property.
function define(target: Body, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
}

function momentOf(at: Date, clock: NonNullable<Mapping["clock"]>): string {
  switch (clock) {
    case "rfc3339":
      return at.toISOString();
    case "seconds":
      return (at.getTime() / 1000).toFixed(3);
    case "milliseconds":
      return `${at.getTime()}`;
    case "whole-seconds":
      return `${Math.floor(at.getTime() / 1000)}`;
  }
}
