import { expect, test } from "vitest";
import { FileFault } from "../../../src/formats/rows/row.ts";
import { sketch } from "./reading.ts";

const card = (version: string, ...lines: readonly string[]): string =>
  ["BEGIN:VCARD", `VERSION:${version}`, ...lines, "END:VCARD", ""].join("\r\n");

// a card as …; the card; the row read from it
const exporters: [string, string, string][] = [
  [
    "Google Contacts writes it",
    card(
      "3.0",
      "FN:Ada Lovelace",
      "N:Lovelace;Ada;;;",
      "item1.TEL:+44 20 7946 0018",
      "item1.X-ABLabel:Desk",
      "TEL;TYPE=CELL:+44 20 7946 0019",
      "item2.ORG:Engines",
    ),
    "Ada Lovelace: tel:+442079460018 [Desk]; tel:+442079460019 [cell]",
  ],
  [
    "macOS and iCloud write it",
    card(
      "3.0",
      "PRODID:-//Apple Inc.//macOS 14//EN",
      "N:Hopper;Grace;;;",
      "FN:Grace Hopper",
      "TEL;type=CELL;type=VOICE;type=pref:\u202d+1 (202) 456-1111\u202c",
      "item1.TEL:+1 202 456 1112",
      "item1.X-ABLabel:_$!<Work>!$_",
      "item2.IMPP;X-SERVICE-TYPE=SIP;type=HOME:x-apple:grace@example.com",
      "IMPP;X-SERVICE-TYPE=Skype:skype:grace",
      "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/TEL:1",
      " TEL:+12024561199",
      "UID:2F1B-77:ABPerson",
    ),
    "Grace Hopper (2F1B-77:ABPerson): tel:+12024561111 [cell]; tel:+12024561112 [Work]; sip:grace@example.com [home]",
  ],
  [
    "Outlook writes it",
    card(
      "2.1",
      "N;LANGUAGE=de;CHARSET=Windows-1252:Zuse;Konrad",
      "FN;CHARSET=Windows-1252:Konrad Zuse",
      "TEL;WORK;VOICE:+49 30 1234567",
      "TEL;CELL;VOICE:+49 151 23456789",
      "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=",
      "TEL:+49 30 7654321",
    ),
    "Konrad Zuse: tel:+49301234567 [work]; tel:+4915123456789 [cell]",
  ],
  [
    "an old phone writes it",
    card(
      "2.1",
      "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9B=D0=B5=",
      "=D0=B1=D0=B5=D0=B4=D0=B5=D0=B2;=D0=A1;;;",
      "TEL;CELL:+74951234567",
    ),
    "С Лебедев: tel:+74951234567 [cell]",
  ],
  [
    "Nextcloud writes it",
    card(
      "4.0",
      "PRODID:-//Sabre//Sabre VObject 4.5//EN",
      "UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
      "FN:Barbara Liskov\\, PhD",
      'TEL;TYPE="home,voice":+1 617 253 0001',
      "TEL;VALUE=uri;PREF=1;TYPE=work:tel:+1-617-253-0002;ext=12",
      "IMPP;TYPE=work:sip:liskov@pbx.exam",
      " ple;transport=tls",
      "IMPP:xmpp:liskov@example.org",
      "REV:20260102T030405Z",
    ),
    "Barbara Liskov, PhD (urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1): tel:+16172530001 [home]; tel:+1-617-253-0002;ext=12 [work]; sip:liskov@pbx.example;transport=tls [work]",
  ],
  [
    "GNOME and Linphone write it",
    card(
      "3.0",
      "FN:Tony Hoare",
      "X-SIP;TYPE=WORK:tony@pbx.example",
      "X-EVOLUTION-SIP-ADDRESS:sips:tony@home.example",
    ),
    "Tony Hoare: sip:tony@pbx.example [work]; sips:tony@home.example",
  ],
  [
    "a company writes it",
    card("4.0", "FN:", "ORG:Engines;Research", "TEL:+442079460021"),
    "Engines Research: tel:+442079460021",
  ],
  [
    "people type it, with invalid numbers",
    card("3.0", "FN:Ann", "TEL:020 7946 0018", "TEL:1-800-FLOWERS"),
    "Ann:  ? TEL has no country code: send a region ? TEL has letters, so it is not a phone number (partial)",
  ],
  [
    "a program wrote it with one broken line",
    card("3.0", "FN:Ann", "TEL;=x:+442079460018", "TEL:+442079460019", "nonsense"),
    "Ann: tel:+442079460019 ? TEL cannot be read (partial)",
  ],
];

test.for(exporters)("a vCard is read as %s", async ([, file, expected]) => {
  expect(await sketch("vcard", file)).toEqual([expected]);
});

const ann = card("3.0", "FN:Ann", "TEL:+442079460018");
const carl = card("4.0", "FN:Carl", "TEL;VALUE=uri:tel:+442079460019");
const annRow = "Ann: tel:+442079460018";
const carlRow = "Carl: tel:+442079460019";

// when …; the file; the rows read from it
const files: [string, string, readonly string[]][] = [
  ["it has several cards", `${ann}\n${carl}`, [annRow, carlRow]],
  [
    "its lines end in LF, and the last line has no end",
    `${ann}${carl}`.replaceAll("\r\n", "\n").trim(),
    [annRow, carlRow],
  ],
  [
    "a card has no end, only this card is lost",
    `${ann}BEGIN:VCARD\r\nFN:Bob\r\n${carl}`,
    [annRow, "card 2 (line 6): card has no END:VCARD", carlRow],
  ],
  [
    "it breaks off, the complete cards are read",
    `${ann}BEGIN:VCARD\r\nFN:Bob\r\n`,
    [annRow, "card 2 (line 6): card has no END:VCARD"],
  ],
  [
    "a card has no beginning, only this card is lost",
    `${ann}FN:Bob\r\nTEL:1\r\nEND:VCARD\r\n${carl}`,
    [annRow, "card 2 (line 6): card is not inside a card", carlRow],
  ],
  [
    "a card is too long, only this card is lost",
    `${card("3.0", "FN:Bob", ...Array.from({ length: 20 }, () => `X-SIP:${"x".repeat(20_000)}`))}${carl}`,
    ["card 1 (line 1): card is longer than 262144 characters", carlRow],
  ],
  [
    "a card has a large photo, it is read whole",
    card("3.0", "FN:Ann", `PHOTO:${"A".repeat(400_000)}`, "TEL:+442079460018"),
    [annRow],
  ],
  [
    "a card is a group, it is left out",
    `${card("4.0", "KIND:group", "FN:Friends", "MEMBER:urn:uuid:1")}${carl}`,
    ["card 1 (line 1): KIND is a group of contacts, and was left out", carlRow],
  ],
  [
    "a card has neither a name nor an address, it is rejected",
    `${card("3.0", "N:;;;;", "EMAIL:a@example.com")}${carl}`,
    ["card 1 (line 1): name has no name, and no address to use as its name", carlRow],
  ],
];

test.for(files)("a file of vCards is read when %s", async ([, file, expected]) => {
  expect(await sketch("vcard", file)).toEqual(expected);
});

test("a number without a country code is read in the import's region", async () => {
  const file = card("3.0", "FN:Ann", "TEL;TYPE=work,fax:(020) 7946-0018");
  expect(await sketch("vcard", file, { region: "GB" })).toEqual(["Ann: tel:+442079460018 [work fax]"]);
});

test("a file without a card is refused", async () => {
  await expect(sketch("vcard", "\n\n")).rejects.toThrow(FileFault);
});
