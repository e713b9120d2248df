import fc from "fast-check";
import ICAL from "ical.js";
import { expect, test } from "vitest";
import { guardCell, unguardCell } from "../../../src/formats/csv/guard.ts";
import { contactsHeader, writeContact, writeGone } from "../../../src/formats/csv/write.ts";
import { writeJscontact } from "../../../src/formats/jscontact/write.ts";
import type { Format } from "../../../src/formats/read-rows.ts";
import type { ExportedContact } from "../../../src/formats/rows/exported.ts";
import { writeVcard } from "../../../src/formats/vcard/write.ts";
import { readAll } from "./reading.ts";

const at = new Date("2026-01-02T03:04:05.600Z");
const alice: ExportedContact = {
  id: "0199d2f1-0000-7000-8000-000000000001",
  name: "Alice",
  externalId: "crm-1",
  createdAt: new Date("2026-01-02T03:04:05.000Z"),
  updatedAt: at,
  archivedAt: null,
  addresses: [
    { id: "0199d2f1-0000-7000-8000-0000000000a1", uri: "tel:+442079460018", label: "work", status: "active" },
    {
      id: "0199d2f1-0000-7000-8000-0000000000a2",
      uri: "sip:a,b@pbx.example",
      label: "My, desk",
      status: "active",
    },
    { id: "0199d2f1-0000-7000-8000-0000000000a3", uri: "sip:old@pbx.example", label: null, status: "gone" },
  ],
};

test("a contact is exported as CSV", () => {
  expect(contactsHeader + writeContact(alice)).toBe(
    "externalId,name,addresses,labels,id,createdAt,updatedAt\r\n" +
      'crm-1,Alice,"tel:+442079460018 ::: sip:a,b@pbx.example","work ::: My, desk",0199d2f1-0000-7000-8000-000000000001,2026-01-02T03:04:05.000Z,2026-01-02T03:04:05.600Z\r\n',
  );
});

test("a contact is exported as vCard 4, with URIs not escaped", () => {
  expect(writeVcard(alice)).toBe(
    [
      "BEGIN:VCARD",
      "VERSION:4.0",
      "PRODID:-//sipbook//contacts//EN",
      "UID;VALUE=text:crm-1",
      "FN:Alice",
      "TEL;VALUE=uri;TYPE=work:tel:+442079460018",
      "item2.IMPP:sip:a,b@pbx.example",
      "item2.X-ABLabel:My\\, desk",
      "REV:20260102T030405Z",
      "END:VCARD",
      "",
    ].join("\r\n"),
  );
});

test("a contact is exported as a JSContact Card", () => {
  expect(JSON.parse(writeJscontact(alice))).toEqual({
    "@type": "Card",
    version: "1.0",
    uid: "crm-1",
    created: "2026-01-02T03:04:05Z",
    updated: "2026-01-02T03:04:05.6Z",
    name: { "@type": "Name", full: "Alice" },
    phones: {
      "0199d2f1-0000-7000-8000-0000000000a1": {
        "@type": "Phone",
        number: "tel:+442079460018",
        label: "work",
      },
    },
    onlineServices: {
      "0199d2f1-0000-7000-8000-0000000000a2": {
        "@type": "OnlineService",
        service: "SIP",
        uri: "sip:a,b@pbx.example",
        label: "My, desk",
      },
    },
  });
});

test("a gone address is exported as CSV with its history and without formulas", () => {
  const gone = {
    uri: "tel:+442079460018",
    label: null,
    contactId: alice.id,
    externalId: "=1+1",
    name: '@SUM("A1")',
    goneAt: at,
    status: 410,
    reason: "-Gone",
    source: "default",
    eventId: null,
  };
  expect(writeGone(gone)).toBe(
    'tel:+442079460018,2026-01-02T03:04:05.600Z,410,\'-Gone,default,,0199d2f1-0000-7000-8000-000000000001,\'=1+1,"\'@SUM(""A1"")",\r\n',
  );
});

test("a guarded cell is not a formula, and is read back unchanged", () =>
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("'", "=", "+", "-", "@", "\t", "\r", "a") }), (text) => {
      expect(guardCell(text)).not.toMatch(/^[=+\-@\t\r]/);
      expect(unguardCell(guardCell(text))).toBe(text);
    }),
  ));

/** Names that a person might type, and texts that might break a spreadsheet, a vCard or JSON. */
const words = fc
  .array(fc.constantFrom(...`Zoé O'Neil "B" a;b a,b \\n \\ =1 +1 - @x ' ::: x=y 🎈`.split(" ")), {
    minLength: 1,
    maxLength: 30,
  })
  .map((parts) => parts.join(" "));
const label = fc.option(
  fc
    .oneof(words, fc.constantFrom("work", "home", "cell", "fax", "Work", "voice"))
    .filter((text) => !text.includes(":::")),
);
const uri = fc.constantFrom(
  "tel:+442079460018",
  "tel:+442079460019;ext=12",
  "tel:911;phone-context=+1",
  "sip:alice@a.example",
  "sips:alice@b.example:5071;transport=tls",
  "sip:a,b;c=d@c.example",
  "sip:1001@[2001:db8::1]",
  "sip:a@[2001:db8:::192.0.2.1]",
);
const contact: fc.Arbitrary<ExportedContact> = fc.record({
  id: fc.uuid(),
  name: words,
  externalId: fc.option(words),
  createdAt: fc.constant(at),
  updatedAt: fc.constant(at),
  archivedAt: fc.constant(null),
  addresses: fc.uniqueArray(
    fc.record({ id: fc.uuid(), uri, label, status: fc.constantFrom("active", "gone") }),
    { maxLength: 5, selector: ({ uri: each }) => each },
  ),
});

const toWire = ({ addresses, ...rest }: ExportedContact): string =>
  JSON.stringify({
    ...rest,
    addresses: addresses.map(({ status, ...address }) => ({ ...address, state: status })),
  });
const writers: [Format, (contacts: readonly ExportedContact[]) => string][] = [
  ["csv", (contacts) => contactsHeader + contacts.map(writeContact).join("")],
  ["vcard", (contacts) => contacts.map(writeVcard).join("")],
  ["jscontact", (contacts) => `[${contacts.map(writeJscontact).join(",\n")}]`],
  ["ndjson", (contacts) => contacts.map(toWire).join("\n")],
];

interface Content {
  readonly externalId: string | null;
  readonly name: string;
  readonly addresses: readonly { readonly uri: string; readonly label: string | null }[];
}

const isActive = ({ status }: { readonly status: string }): boolean => status === "active";

/** JSContact keeps no order between phones and online services. */
const contentOf = ({ externalId, name, addresses }: Content) => ({
  externalId,
  name,
  addresses: addresses
    .map(({ uri: each, label: of }) => [each, of])
    .toSorted(([a], [b]) => String(a).localeCompare(String(b))),
});

test.for(writers)(
  "contacts exported as %s are the same when they are read again",
  async ([format, write]) => {
    await fc.assert(
      fc.asyncProperty(fc.array(contact, { minLength: 1, maxLength: 4 }), async (contacts) => {
        const rows = await readAll(format, write(contacts));
        const read = rows.map((row) =>
          row.kind === "contact" && !row.isPartial ? contentOf(row.contact) : row,
        );
        const active = contacts.map((each) => ({ ...each, addresses: each.addresses.filter(isActive) }));
        expect(read).toEqual(active.map(contentOf));
      }),
      { numRuns: 200 },
    );
  },
);

test("a vCard has lines of at most 75 octets, and another parser reads the same from it", () =>
  fc.assert(
    fc.property(contact, (each) => {
      const text = writeVcard(each);
      expect(Math.max(...text.split("\r\n").map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
      const card = ICAL.Component.fromString(text);
      // ical.js keeps the backslash before a semicolon.
      const name = String(card.getFirstPropertyValue("fn")).replaceAll("\\;", ";");
      expect([card.getFirstPropertyValue("version"), name]).toEqual(["4.0", each.name]);
    }),
  ));
