import { isObject, type Json, type JsonObject, parseJson } from "../../json/parse.ts";
import { buildRow, type FoundField, readTime } from "../rows/contact-row.ts";
import { badRow, FileFault, type ImportRow, type RowFault } from "../rows/row.ts";
import { type Line, readLines } from "../text/lines.ts";

/** Contacts as `GET /v1/contacts` shows them, one JSON object per line. */
export async function* readNdjson(chunks: AsyncIterable<Uint8Array>): AsyncIterable<ImportRow> {
  let isEmpty = true;
  for await (const line of readLines(chunks)) {
    if (line.text.trim() === "") continue;
    isEmpty = false;
    yield readLine(line);
  }
  if (isEmpty) throw new FileFault("The file is empty.");
}

function readLine({ number, text, isCut, isGuessed }: Line): ImportRow {
  const place = `line ${number}`;
  if (isCut) return badRow(place, "", `is longer than ${text.length} characters`);
  if (isGuessed) return badRow(place, "", "is not valid UTF-8");
  const value = parseJson(text);
  if (value === undefined) return badRow(place, "", "is not valid JSON");
  return isObject(value) ? readContact(place, value) : badRow(place, "", "is not a JSON object");
}

function readContact(place: string, contact: JsonObject): ImportRow {
  const { name, externalId = null, addresses = [], archivedAt = null } = contact;
  if (archivedAt !== null) return badRow(place, "/archivedAt", "is archived, and was left out");
  const list = Array.isArray(addresses) ? addresses.map(readAddress) : [];
  const faults: RowFault[] = list.flatMap((each) => (each.kind === "fault" ? [each.fault] : []));
  if (typeof name !== "string") faults.push({ field: "/name", detail: "must be a string" });
  if (externalId !== null && typeof externalId !== "string") {
    faults.push({ field: "/externalId", detail: "must be a string or null" });
  }
  if (!Array.isArray(addresses)) faults.push({ field: "/addresses", detail: "must be an array" });
  if (
    faults.length > 0 ||
    typeof name !== "string" ||
    (externalId !== null && typeof externalId !== "string")
  ) {
    return { kind: "bad", place, faults };
  }
  const found = {
    place,
    externalId,
    names: [name],
    addresses: list.flatMap((each) => (each.kind === "field" ? [each.found] : [])),
    warnings: list.flatMap((each) => (each.kind === "gone" ? [each.warning] : [])),
  };
  return buildRow(found, null);
}

type ReadAddress =
  | { readonly kind: "field"; readonly found: FoundField }
  | { readonly kind: "gone"; readonly warning: RowFault }
  | { readonly kind: "fault"; readonly fault: RowFault };

/** A gone address is not asserted again. It is left out, but the row is not partial. */
function readAddress(address: Json, index: number): ReadAddress {
  const field = `/addresses/${index}`;
  const fault = (name: string, detail: string): ReadAddress => ({
    kind: "fault",
    fault: { field: `${field}${name}`, detail },
  });
  if (!isObject(address)) return fault("", "must be an object");
  const { uri, label = null, state = "active", assertedAt = null } = address;
  if (state === "gone") return { kind: "gone", warning: { field, detail: "is gone, and was left out" } };
  if (typeof uri !== "string") return fault("/uri", "must be a string");
  if (label !== null && typeof label !== "string") return fault("/label", "must be a string or null");
  const time = typeof assertedAt === "string" ? readTime(assertedAt) : null;
  if (time === undefined || (assertedAt !== null && typeof assertedAt !== "string")) {
    return fault("/assertedAt", "must be an RFC 3339 time");
  }
  return { kind: "field", found: { field: `${field}/uri`, text: uri, kind: "uri", label, assertedAt: time } };
}
