import type { FastifySchemaValidationError } from "fastify";
import { slug, storable } from "../json/parts.ts";
import { escapePointer } from "../json/pointer.ts";
import { type FieldError, Problem } from "./problem.ts";

const maxFaults = 50;
const maxNameLength = 200;

// What a pattern or a format requires, in words.
const meanings = new Map<unknown, string>([
  [storable, "must not contain NUL characters or lone surrogates"],
  [slug, "must be 1 to 63 lower-case letters, digits and hyphens, and not start with a hyphen"],
  ["date-time", "must be a time as in 2026-11-22T10:00:00.000Z (RFC 3339)"],
  ["uuid", "must be a UUID"],
]);

const queryPrefix = "/query";
const plusHint = "; write + as %2B in a query";

type Part = "body" | "headers" | "params" | "querystring";

// The pointer prefix and the name of each part.
const places = {
  body: ["", "body"],
  querystring: [queryPrefix, "query"],
  headers: ["/headers", "headers"],
} as const;

/** An invalid path parameter cannot name anything, so it is not found. All other faults are listed by their place. */
export function problemOfInput(errors: readonly FastifySchemaValidationError[], part: Part): Problem {
  if (part === "params") return new Problem("not-found", "No operation has this path");
  const [prefix, where] = places[part];
  const faults = faultsOf(errors, prefix);
  const count = faults.length === 1 ? "1 problem" : `${faults.length} problems`;
  return new Problem("invalid-input", `${count} in the ${where}`, { errors: faults });
}

/** One fault for each place, at most 50. `prefix` is the pointer of the checked value, such as "/3" in an array. */
export function faultsOf(
  errors: readonly FastifySchemaValidationError[],
  prefix = "",
): readonly FieldError[] {
  const nullable = new Set(errors.filter(isOfNull).map((error) => error.instancePath));
  const checkedWithin = new Set(errors.map(({ instancePath }) => parentOf(instancePath)));
  const faults = new Map<string, FieldError>();
  for (const error of errors) {
    if (error.keyword === "anyOf" || isOfNull(error)) continue;
    // For `string | string[]`: if a fault lies inside the array, drop "must be string".
    if (error.keyword === "type" && checkedWithin.has(error.instancePath)) continue;
    const pointer = prefix + pointerOf(error);
    const hint = prefix === queryPrefix && error.params["format"] === "date-time" ? plusHint : "";
    const detail = describeFault(error) + hint + (nullable.has(error.instancePath) ? ", or null" : "");
    if (!faults.has(pointer)) faults.set(pointer, { pointer, detail });
    if (faults.size >= maxFaults) break;
  }
  return [...faults.values()];
}

// A nullable value is checked as "this or null", which fails twice in one place.
function isOfNull(error: FastifySchemaValidationError): boolean {
  return error.keyword === "type" && error.params["type"] === "null";
}

/** The pointer of the parent; null for the whole document. */
const parentOf = (path: string): string | null => (path === "" ? null : path.slice(0, path.lastIndexOf("/")));

/** A JSON Pointer (RFC 6901). A missing or unknown property is included in it. */
function pointerOf({ instancePath, params }: FastifySchemaValidationError): string {
  const property = params["missingProperty"] ?? params["additionalProperty"];
  return typeof property === "string"
    ? `${instancePath}/${escapePointer(property.slice(0, maxNameLength))}`
    : instancePath;
}

function describeFault({ keyword, params, message }: FastifySchemaValidationError): string {
  switch (keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
      return "is unknown or cannot be set here: check the spelling";
    case "enum":
      return `must be one of ${[params["allowedValues"]].flat().join(", ")}`;
    case "pattern":
      return meanings.get(params["pattern"]) ?? message ?? "has the wrong format";
    case "format":
      return meanings.get(params["format"]) ?? message ?? "has the wrong format";
    default:
      return message ?? "is invalid";
  }
}
