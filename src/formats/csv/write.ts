import type { ExportedAddress, ExportedContact, GoneAddress } from "../rows/exported.ts";
import { guardCell } from "./guard.ts";

/** Google's separator between the addresses of a cell. A URI has no spaces. */
const separator = " ::: ";

const contactColumns = ["externalId", "name", "addresses", "labels", "id", "createdAt", "updatedAt"];

export const contactsHeader = writeRecord(contactColumns);
export const allContactsHeader = writeRecord([...contactColumns, "archivedAt", "goneAddresses"]);
export const goneHeader = "uri,goneAt,status,reason,source,eventId,contactId,externalId,name,label\r\n";

/** A record of `contactsHeader`: the active addresses, and their labels in the same order. */
export function writeContact(contact: ExportedContact): string {
  return writeRecord(cellsOf(contact));
}

/** A record of `allContactsHeader`. */
export function writeAnyContact(contact: ExportedContact): string {
  const gone = contact.addresses.filter(({ status }) => status !== "active").map(({ uri }) => uri);
  const archivedAt = contact.archivedAt?.toISOString() ?? "";
  return writeRecord([...cellsOf(contact), archivedAt, gone.join(separator)]);
}

/** A record of `goneHeader`. */
export function writeGone(gone: GoneAddress): string {
  const { uri, status, reason, source, eventId, contactId, externalId, name, label } = gone;
  const goneAt = gone.goneAt?.toISOString();
  const cells = [uri, goneAt, status, reason, source, eventId, contactId, externalId, name, label];
  return writeRecord(cells.map((cell) => String(cell ?? "")));
}

function cellsOf({ externalId, name, addresses, id, createdAt, updatedAt }: ExportedContact): string[] {
  const active = addresses.filter(({ status }) => status === "active");
  return [
    externalId ?? "",
    name,
    active.map(({ uri }) => uri).join(separator),
    active.some(({ label }) => label !== null) ? active.map(labelOf).join(separator) : "",
    id,
    createdAt.toISOString(),
    updatedAt.toISOString(),
  ];
}

/** Removes the separator from a label, which would look like two. */
function labelOf({ label }: ExportedAddress): string {
  return (label ?? "").replaceAll(/:::|[\r\n]+/g, " ");
}

/** RFC 4180 2. */
function writeRecord(cells: readonly string[]): string {
  return `${cells.map(writeCell).join(",")}\r\n`;
}

function writeCell(text: string): string {
  const guarded = guardCell(text);
  return /[",\r\n]|^\s|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}
