import type { Static } from "typebox";
import type { AddressRow, ContactRow } from "../../store/contacts/contacts.ts";
import type { Contact } from "../../wire/shapes.ts";

export function contactToWire(row: ContactRow): Static<typeof Contact> {
  return {
    id: row.id,
    name: row.name,
    externalId: row.externalId,
    version: row.version,
    addresses: row.addresses.map(addressToWire),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    archivedAt: row.archivedAt?.toISOString() ?? null,
  };
}

function addressToWire(row: AddressRow): Static<typeof Contact>["addresses"][number] {
  return {
    id: row.id,
    uri: row.uri,
    label: row.label,
    state: row.status === "active" ? "active" : "gone",
    assertedUri: row.assertedUri,
    assertedAt: row.assertedAt.toISOString(),
  };
}

/** RFC 9110 8.8.3: the version is the contact's entity tag. */
export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;

/** Whether If-None-Match or If-Match names the tag (RFC 9110 13.1); weak tags compare as strong ones. */
export function matchesTag(header: string, etag: string): boolean {
  return header
    .split(",")
    .map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === "*" || tag === etag);
}
