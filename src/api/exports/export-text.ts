import type { Static } from "typebox";
import {
  allContactsHeader,
  contactsHeader,
  goneHeader,
  writeAnyContact,
  writeContact,
  writeGone,
} from "../../formats/csv/write.ts";
import { writeJscontact } from "../../formats/jscontact/write.ts";
import { writeVcard } from "../../formats/vcard/write.ts";
import type { ContactRow } from "../../store/contacts/contacts.ts";
import type { GoneAddressRow } from "../../store/contacts/export.ts";
import { contactToWire } from "../../wire/book/contacts.ts";
import type { shapes } from "../../wire/shapes.ts";
import type { ExportFormat } from "./export-format.ts";

/** How rows are written to a file. */
interface TextForm<Row> {
  readonly open: string;
  readonly write: (row: Row) => string;
  readonly between: string;
  readonly close: string;
}

export function contactForm(format: ExportFormat, isAll: boolean): TextForm<ContactRow> {
  switch (format) {
    case "csv":
      return isAll ? records(allContactsHeader, writeAnyContact) : records(contactsHeader, writeContact);
    case "ndjson":
      return records("", (row) => `${JSON.stringify(contactToWire(row))}\n`);
    case "vcard":
      return records("", writeVcard);
    case "jscontact":
      return { open: "[\n", write: writeJscontact, between: ",\n", close: "\n]\n" };
  }
}

export function goneForm(format: "csv" | "ndjson"): TextForm<GoneAddressRow> {
  return format === "csv"
    ? records(goneHeader, writeGone)
    : records("", (row) => `${JSON.stringify(goneToWire(row))}\n`);
}

function goneToWire(row: GoneAddressRow): Static<(typeof shapes)["GoneAddress"]> {
  return {
    uri: row.uri,
    label: row.label,
    contactId: row.contactId,
    externalId: row.externalId,
    name: row.name,
    goneAt: row.goneAt?.toISOString() ?? null,
    status: row.status,
    reason: row.reason,
    source: row.source,
    eventId: row.eventId,
  };
}

function records<Row>(open: string, write: (row: Row) => string): TextForm<Row> {
  return { open, write, between: "", close: "" };
}

/** The text of pages of rows, one piece for each page. */
export async function* writePages<Row>(
  pages: AsyncIterable<readonly Row[]>,
  { open, write, between, close }: TextForm<Row>,
): AsyncGenerator<string, void> {
  let start = open;
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield start + page.map(write).join(between);
    start = between;
  }
  yield (start === open ? open : "") + close;
}
