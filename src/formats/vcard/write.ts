import { type ExportedAddress, type ExportedContact, uidOf } from "../rows/exported.ts";

const maxLineBytes = 75;
/** Labels that are types in RFC 6350, for TEL or for any property. */
const telTypes = new Set(["home", "work", "cell", "fax", "pager"]);
const anyTypes = new Set(["home", "work"]);

/** A vCard 4.0 (RFC 6350) with the active addresses: TEL for tel URIs, IMPP for the others. */
export function writeVcard(contact: ExportedContact): string {
  const active = contact.addresses.filter(({ status }) => status === "active");
  const lines = [
    "BEGIN:VCARD",
    "VERSION:4.0",
    "PRODID:-//sipbook//contacts//EN",
    // RFC 6350 6.7.6: a UID that is not a URI must be marked as text.
    `UID;VALUE=text:${escapeText(uidOf(contact))}`,
    `FN:${escapeText(contact.name)}`,
    ...active.flatMap((address, index) => writeAddress(address, index + 1)),
    `REV:${contact.updatedAt.toISOString().replace(/\.\d+/, "").replaceAll(/[-:]/g, "")}`,
    "END:VCARD",
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join("");
}

/** A label that is not a type becomes X-ABLABEL in a group of two lines, which address books read. */
function writeAddress({ uri, label }: ExportedAddress, place: number): readonly string[] {
  const isTel = /^tel:/i.test(uri);
  const name = isTel ? "TEL" : "IMPP";
  const value = isTel ? ";VALUE=uri" : "";
  if (label === null) return [`${name}${value}:${uri}`];
  if ((isTel ? telTypes : anyTypes).has(label)) return [`${name}${value};TYPE=${label}:${uri}`];
  return [`item${place}.${name}${value}:${uri}`, `item${place}.X-ABLabel:${escapeText(label)}`];
}

/** RFC 6350 3.4. Other control characters are not allowed in a text (3.3). */
function escapeText(text: string): string {
  return text
    .replaceAll(/[\\,;]/g, "\\$&")
    .replaceAll(/\r\n|\n|\r/g, "\\n")
    .replaceAll(/(?!\t)\p{Cc}/gu, "");
}

/** RFC 6350 3.2: lines of at most 75 octets, cut between characters. */
function fold(line: string): string {
  if (Buffer.byteLength(line) <= maxLineBytes) return line;
  let folded = "";
  let length = 0;
  for (const character of line) {
    const bytes = Buffer.byteLength(character);
    if (length + bytes > maxLineBytes) {
      folded += "\r\n ";
      length = 1;
    }
    folded += character;
    length += bytes;
  }
  return folded;
}
