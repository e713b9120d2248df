import { type Static, Type } from "typebox";
import { Id, Nullable, OneOf, TextOf, Time, Uri } from "../../json/parts.ts";
import type { AddressRow, ContactRow } from "../../store/contacts/contacts.ts";
import { addressId, contactId } from "./story.ts";

// Unknown properties of these bodies are ignored.

const address = {
  id: addressId,
  uri: "sip:alice@new.example",
  label: "work",
  state: "active",
  assertedUri: "sip:alice@old.example",
  assertedAt: "2026-11-01T08:00:00.000Z",
};
const addressInput = { uri: "sip:alice@old.example", label: "work" };
const contactInput = { name: "Alice", externalId: "crm-1", addresses: [addressInput] };

const State = OneOf(["active", "gone"]);

export const AddressInput = Type.Object(
  {
    id: Type.Optional(Id),
    uri: Uri,
    label: Type.Optional(Nullable(TextOf(200))),
    assertedAt: Type.Optional(Time),
  },
  {
    description:
      "An address to set. `id` refers to an existing address. `assertedAt` is the time since when the address is known to be correct: calls before that time no longer count.",
    examples: [addressInput],
  },
);

export const ContactInput = Type.Object(
  {
    name: TextOf(500, 1),
    externalId: Type.Optional(Nullable(TextOf(256, 1))),
    addresses: Type.Array(Type.Unsafe<Static<typeof AddressInput>>({ $ref: "AddressInput#" }), {
      maxItems: 100,
    }),
  },
  { description: "A contact to create.", examples: [contactInput] },
);

export const ContactPatch = Type.Partial(ContactInput, {
  description:
    "Omitted properties stay unchanged. `addresses` replaces the whole list: an omitted address is removed.",
  examples: [{ name: "Alice Liddell" }],
});

export const ContactPut = Type.Object(
  {
    name: TextOf(500, 1),
    addresses: Type.Optional(
      Type.Array(Type.Unsafe<Static<typeof AddressInput>>({ $ref: "AddressInput#" }), { maxItems: 100 }),
    ),
  },
  {
    description: "A contact whose external id is in the path.",
    examples: [{ name: "Alice", addresses: [addressInput] }],
  },
);

export const Address = Type.Object(
  {
    id: Id,
    uri: Type.String(),
    label: Nullable(Type.String()),
    state: State,
    assertedUri: Type.String(),
    assertedAt: Time,
  },
  {
    description:
      "The current state of an address of a contact. `assertedUri` is the value that a person or an import set last. `uri` is the value after the calls since then.",
    examples: [address],
  },
);

export const Contact = Type.Object(
  {
    id: Id,
    name: Type.String(),
    externalId: Nullable(Type.String()),
    version: Type.Integer(),
    addresses: Type.Array(Type.Unsafe<Static<typeof Address>>({ $ref: "Address#" })),
    createdAt: Time,
    updatedAt: Time,
    archivedAt: Nullable(Time),
  },
  {
    description: "A person or a thing, with its visible addresses. `version` is also the ETag.",
    examples: [
      {
        id: contactId,
        name: "Alice",
        externalId: "crm-1",
        version: 3,
        addresses: [address],
        createdAt: "2026-11-01T08:00:00.000Z",
        updatedAt: "2026-11-22T10:00:00.120Z",
        archivedAt: null,
      },
    ],
  },
);

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
