import { Type } from "typebox";
import { Check } from "typebox/value";
import { ignored } from "../shared/dialect.ts";
import { type Read, storable } from "../shared/values.ts";
import { decodePercent } from "./body.ts";

/** One leg of a call as its channel ended: a CDR, or the event CHANNEL_HANGUP_COMPLETE of the event socket. */
export interface Leg {
  /** `outbound`: FreeSWITCH called. */
  readonly direction: string | undefined;
  /** The values of a channel variable. Most variables have one; empty values are left out. */
  readonly readAll: (variable: string) => readonly string[];
  /** The first value of a channel variable. */
  readonly read: (variable: string) => string | undefined;
  /** The names of the variables that have a value. */
  readonly variables: readonly string[];
  /** The place of a variable in the body, as a JSON Pointer without its first slash. */
  readonly placeOf: (variable: string) => string;
}

const Variables = Type.Record(Type.String(), Type.Unknown());
const Cdr = Type.Object({
  channel_data: Type.Optional(Type.Object({ direction: Type.Optional(Type.String()) })),
  variables: Variables,
});
const SocketEvent = Type.Object({
  "Event-Name": Type.String(),
  "Call-Direction": Type.Optional(Type.String()),
});
const prefix = "variable_";

/** The leg in a CDR or an event, or why it has none. */
export function readLeg(
  value: unknown,
): { readonly kind: "leg"; readonly leg: Leg } | Exclude<Read, { kind: "value" }> {
  if (Check(SocketEvent, value)) {
    if (value["Event-Name"] !== "CHANNEL_HANGUP_COMPLETE")
      return ignored("another event than CHANNEL_HANGUP_COMPLETE");
    const own = Object.entries(value).filter(([name]) => name.startsWith(prefix));
    const variables = Object.fromEntries(own.map(([name, text]) => [name.slice(prefix.length), text]));
    return { kind: "leg", leg: toLeg(value["Call-Direction"], variables, (name) => prefix + name) };
  }
  if (!Check(Cdr, value)) return { kind: "invalid-shape", schema: Cdr, value };
  const direction = value.channel_data?.direction;
  return { kind: "leg", leg: toLeg(direction, value.variables, (name) => `variables/${name}`) };
}

function toLeg(
  direction: string | undefined,
  variables: Readonly<Record<string, unknown>>,
  placeOf: Leg["placeOf"],
): Leg {
  const readAll = (name: string) => valuesOf(Object.hasOwn(variables, name) ? variables[name] : undefined);
  const read = (name: string) => readAll(name)[0];
  const present = Object.keys(variables).filter((name) => readAll(name).length > 0);
  return { direction: direction ?? read("direction"), readAll, read, variables: present, placeOf };
}

const valuesOf = (value: unknown): readonly string[] =>
  [value].flat().flatMap((each) => {
    const text = typeof each === "number" ? `${each}` : each;
    return typeof text === "string" && text !== "" ? [storable(decodeValue(text))] : [];
  });

/** The characters that FreeSWITCH encodes: in JSON with `encode-values`, in XML always. */
const replaced = /[^!$'()*,\-./~\w%]|%(?![0-9A-Fa-f]{2})/;

/** The body does not say whether values are encoded. An encoded value has none of the characters that FreeSWITCH encodes. */
const decodeValue = (value: string): string => (replaced.test(value) ? value : decodePercent(value));
