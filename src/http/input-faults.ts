import type { FastifySchemaValidationError } from "fastify";
import { slug, storable } from "../json/parts.ts";
import { escapePointer } from "../json/pointer.ts";
import { type FieldError, Problem } from "./problem.ts";

const reportedFaults = 50;
const longestName = 200;

// What a pattern or a format asks for, in words.
const meanings = new Map<unknown, string>([
  [storable, "must not contain NUL characters or lone surrogates"],
  [slug, "must be 1 to 63 lower-case letters, digits and hyphens, and not start with a hyphen"],
  ["date-time", "must be a time as in 2026-11-22T10:00:00.000Z (RFC 3339)"],
  ["uuid", "must be a UUID"],
]);

const queryPrefix = "/query";
const plusHint = "; in a query a + is written %2B";

type Part = "body" | "headers" | "params" | "querystring";

// Where pointers of a part begin, and what it is called.
const places = {
  body: ["", "body is"],
  querystring: [queryPrefix, "query is"],
  headers: ["/headers", "headers are"],
} as const;

/** A path that cannot name anything is one that names nothing; everything else is said to the caller place by place. */
export function problemOfInput(errors: readonly FastifySchemaValidationError[], part: Part): Problem {
  if (part === "params") return new Problem("not-found", "There is nothing at this path");
  const [prefix, where] = places[part];
  const faults = faultsOf(errors, prefix);
  const count = faults.length === 1 ? "one place" : `${faults.length} places`;
  return new Problem("invalid-input", `The ${where} at fault in ${count}`, { errors: faults });
}

/** One fault for each place, at most 50. `prefix` is the pointer of what was checked, such as "/3" in an array. */
export function faultsOf(
  errors: readonly FastifySchemaValidationError[],
  prefix = "",
): readonly FieldError[] {
  const nullable = new Set(errors.filter(isOfNull).map((error) => error.instancePath));
  const checkedWithin = new Set(errors.map(({ instancePath }) => parentOf(instancePath)));
  const faults = new Map<string, FieldError>();
  for (const error of errors) {
    if (error.keyword === "anyOf" || isOfNull(error)) continue;
    // Of "a text or an array of texts", an array with a fault in it is the array.
    if (error.keyword === "type" && checkedWithin.has(error.instancePath)) continue;
    const pointer = prefix + pointerOf(error);
    const hint = prefix === queryPrefix && error.params["format"] === "date-time" ? plusHint : "";
    const detail = describeFault(error) + hint + (nullable.has(error.instancePath) ? ", or null" : "");
    if (!faults.has(pointer)) faults.set(pointer, { pointer, detail });
    if (faults.size >= reportedFaults) break;
  }
  return [...faults.values()];
}

// What may be null is checked as "this or null", which fails twice in one place.
function isOfNull(error: FastifySchemaValidationError): boolean {
  return error.keyword === "type" && error.params["type"] === "null";
}

/** The place of what holds a place; null for the whole. */
const parentOf = (path: string): string | null => (path === "" ? null : path.slice(0, path.lastIndexOf("/")));

/** A property that is missing, or that there is none of, is pointed at where it is or should be (RFC 6901). */
function pointerOf({ instancePath, params }: FastifySchemaValidationError): string {
  const property = params["missingProperty"] ?? params["additionalProperty"];
  return typeof property === "string"
    ? `${instancePath}/${escapePointer(property.slice(0, longestName))}`
    : instancePath;
}

function describeFault({ keyword, params, message }: FastifySchemaValidationError): string {
  switch (keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
      return "is nothing that this call takes: a misspelt name, or one that cannot be set here";
    case "enum":
      return `must be one of ${[params["allowedValues"]].flat().join(", ")}`;
    case "pattern":
      return meanings.get(params["pattern"]) ?? message ?? "has the wrong form";
    case "format":
      return meanings.get(params["format"]) ?? message ?? "has the wrong form";
    default:
      return message ?? "is not what this call takes";
  }
}
