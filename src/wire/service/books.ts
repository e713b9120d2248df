import { Type } from "typebox";
import { Id, Name, OneOf, Time } from "../../json/parts.ts";
import { moment } from "../book/story.ts";

const EmptyContact = OneOf(["archive", "keep"]);

const Share = Type.Number({ minimum: 0, maximum: 1 });

export const BookInput = Type.Object(
  { name: Name, emptyContact: Type.Optional(EmptyContact), importRemovalShare: Type.Optional(Share) },
  {
    description:
      "`emptyContact` is what happens to a contact whose last address is gone. An import stops if it would remove more than `importRemovalShare` of the active addresses, and more than 20.",
    examples: [{ name: "sales", emptyContact: "archive" }],
  },
);
export const BookPatch = Type.Object(
  { importRemovalShare: Type.Optional(Share) },
  { description: "Omitted settings stay unchanged.", examples: [{ importRemovalShare: 0.05 }] },
);
export const Book = Type.Object(
  {
    id: Id,
    name: Type.String(),
    emptyContact: EmptyContact,
    importRemovalShare: Share,
    createdAt: Time,
  },
  {
    description: "An address book: one tenant's contacts, sources and history.",
    examples: [
      {
        id: "01936d00-0000-7000-8000-000000000001",
        name: "default",
        emptyContact: "archive",
        importRemovalShare: 0.02,
        createdAt: moment,
      },
    ],
  },
);
