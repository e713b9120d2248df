import { dialectOf } from "../../dialects/dialects.ts";
import type { Incoming, TranslatedEvent } from "../../dialects/shared/dialect.ts";
import { Problem } from "../../http/problem.ts";
import { faultsOfShape, problemOf, type Validation, validateEvent } from "../intake/validate.ts";

/** How a request of a PBX was understood. */
export type Interpretation =
  /** One validation for each event. The pointers of an invalid one lead into what the PBX sent. */
  | { readonly kind: "events"; readonly validations: readonly Validation[] }
  | { readonly kind: "ignored"; readonly reason: string }
  /** It could not be understood. The problem says why, and is the answer to the PBX. */
  | { readonly kind: "unparsed"; readonly problem: Problem };

interface Source {
  readonly name: string;
  readonly dialect: string;
}

/** Reads a request in the dialect of its source, and checks each event as one of our own. Pure. */
export function interpret(source: Source, incoming: Incoming): Interpretation {
  const interpretation = read(source, incoming);
  if (interpretation.kind !== "unparsed" || !isCompressed(incoming)) return interpretation;
  const detail = "The body is compressed: send it as it is, without Content-Encoding";
  return { kind: "unparsed", problem: new Problem("unsupported-media-type", detail) };
}

/** By Content-Encoding, or by the first bytes of gzip. */
const isCompressed = ({ headers, body }: Incoming): boolean =>
  /\b(?:gzip|deflate|br|zstd|compress)\b/i.test([headers["content-encoding"]].flat().join()) ||
  body.startsWith("\u001f\u008b");

function read(source: Source, incoming: Incoming): Interpretation {
  const translation = dialectOf(source).read(incoming);
  switch (translation.kind) {
    case "ignored":
      return translation;
    case "malformed": {
      const { form, detail } = translation;
      const type = form === "JSON" ? "malformed-json" : "malformed-request";
      const expected = form === "form" ? "a form" : form;
      return { kind: "unparsed", problem: new Problem(type, `The body is not ${expected}: ${detail}`) };
    }
    case "invalid-shape":
      return { kind: "unparsed", problem: problemOf(faultsOfShape(translation.schema, translation.value)) };
    case "invalid":
      return { kind: "unparsed", problem: problemOf(translation.errors) };
    case "events": {
      const validations = translation.events.map((each) =>
        validate(each, { raw: incoming.body, source: source.name }),
      );
      const [first] = validations;
      return validations.length === 1 && first?.kind === "invalid"
        ? { kind: "unparsed", problem: problemOf(first.errors) }
        : { kind: "events", validations };
    }
  }
}

function validate(
  { event, names }: TranslatedEvent,
  { raw, source }: { readonly raw: string; readonly source: string },
): Validation {
  const validation = validateEvent(event, { prefix: "", raw, anyUri: true });
  if (validation.kind === "valid") return { ...validation, source };
  const errors = validation.errors.map(({ pointer, detail }) => ({
    pointer: rename(pointer, names),
    detail,
  }));
  return { kind: "invalid", errors };
}

/** A JSON Pointer into our event, rewritten with the names that the PBX uses. */
function rename(pointer: string, names: Readonly<Record<string, string>>): string {
  const [, first = "", ...rest] = pointer.split("/");
  return ["", names[first] ?? first, ...rest].join("/");
}
