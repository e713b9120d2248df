import { expect, test } from "vitest";
import { FileFault } from "../../../src/formats/rows/row.ts";
import { readAll, sketch } from "./reading.ts";

const utf16 = (text: string, mark: readonly number[], isBig: boolean): Uint8Array => {
  const bytes = Buffer.from(text, "utf16le");
  return Buffer.concat([Buffer.from(mark), isBig ? bytes.swap16() : bytes]);
};

// a CSV file as …; its text or bytes; the rows read from it
const exporters: [string, string | Uint8Array, readonly string[]][] = [
  [
    "Google Contacts writes it",
    "First Name,Middle Name,Last Name,Organization Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\r\n" +
      "Ada,,Lovelace,Engines,* Work,ada@example.com,Mobile,+44 20 7946 0018 ::: +44 20 7946 0019,Work,+44 20 7946 0020\r\n" +
      ",,,Engines Ltd,,,Main,+44 20 7946 0021,,\r\n",
    [
      "Ada Lovelace: tel:+442079460018 [Mobile]; tel:+442079460019 [Mobile]; tel:+442079460020 [Work]",
      "Engines Ltd: tel:+442079460021 [Main]",
    ],
  ],
  [
    "Outlook writes it",
    '"First Name","Last Name","Company","Business Address","Business Fax","Business Phone","Mobile Phone","Assistant\'s Phone"\r\n' +
      '"Grace","Hopper","Navy","1 Main St\r\nArlington","","+1 202 456 1111","+1 202 456 1112","+1 202 456 1113"\r\n',
    ["Grace Hopper: tel:+12024561111 [Business Phone]; tel:+12024561112 [Mobile Phone]"],
  ],
  [
    "HubSpot writes it",
    '"Record ID","First Name","Last Name","Email","Phone Number","Mobile Phone Number","Phone Number Validity","Street Address"\n' +
      '"501","Alan","Turing","a@example.com","+442079460001","","ok","1 Bletchley"\n',
    ["Alan Turing (501): tel:+442079460001 [Phone Number]"],
  ],
  [
    "Salesforce writes it",
    '"Contact ID","First Name","Last Name","Account Name","Phone","Mobile","Asst. Phone","Do Not Call"\n' +
      '"0035g00000ABCDE","Edsger","Dijkstra","TUE","+31 20 555 0101","","","0"\n',
    ["Edsger Dijkstra (0035g00000ABCDE): tel:+31205550101 [Phone]"],
  ],
  [
    "Zoho writes it",
    "Record Id,First Name,Last Name,Account Name,Phone,Mobile,Asst Phone\nzcrm_1,Barbara,Liskov,MIT,+1-617-253-0001,,\n",
    ["Barbara Liskov (zcrm_1): tel:+16172530001 [Phone]"],
  ],
  [
    "Pipedrive writes it",
    "Person - ID,Person - Name,Person - Organization,Person - Phone - Work,Person - Phone - Mobile\n7,Tony Hoare,Oxford,+44 1865 270000,\n",
    ["Tony Hoare (7): tel:+441865270000 [Person - Phone - Work]"],
  ],
  [
    "3CX writes its phone book",
    "FirstName,LastName,Company,Mobile,Mobile2,Home,Business,Email,Other,BusinessFax\nNiklaus,Wirth,ETH,+41446320001,,,+41446320002,,,\n",
    ["Niklaus Wirth: tel:+41446320001 [Mobile]; tel:+41446320002 [Business]"],
  ],
  [
    "FusionPBX writes its contacts",
    "contact_organization,contact_name_given,contact_name_family,phone_number,phone_extension,phone_type_voice\nBell,Dennis,Ritchie,+1 908 582 3000,12,1\n",
    [
      "Dennis Ritchie: tel:+19085823000 [phone_number] ? phone_extension has no country code: send a region (partial)",
    ],
  ],
  [
    "Excel writes it, with semicolons, a byte order mark and a first line with sep=",
    "\ufeffsep=;\r\nVorname;Nachname;Firma;Telefon (geschäftlich);SIP\r\nKonrad;Zuse;Zuse KG;+49 30 1234567;zuse@z3.example\r\n",
    ["Konrad Zuse: tel:+49301234567 [Telefon (geschäftlich)]; sip:zuse@z3.example [SIP]"],
  ],
  [
    "Excel writes it as UTF-16 text",
    utf16("Name\tPhone\r\nRenée\t+33 1 42 68 53 00\r\n", [0xff, 0xfe], false),
    ["Renée: tel:+33142685300 [Phone]"],
  ],
  [
    "a Java program writes it as UTF-16",
    utf16("Name,Phone\nRenée,+33 1 42 68 53 00\n", [0xfe, 0xff], true),
    ["Renée: tel:+33142685300 [Phone]"],
  ],
  [
    "old Windows programs write it",
    Buffer.from("Name;Phone\r\nJos\xe9;+34915550101\r\nBj\xf6rn;+46855512345\r\n", "latin1"),
    [
      "José: tel:+34915550101 [Phone] ? encoding is not valid UTF-8 and was read as windows-1252, as later lines will be; check its accents",
      "Björn: tel:+46855512345 [Phone]",
    ],
  ],
  [
    "people write lists of SIP addresses",
    'id|display name|uri\nx1|Ann|"sip:ann@a.example;transport=tcp; sips:ann@b.example;tel:+12025550100"\nx2|Bob|bob@b.example\n',
    [
      "Ann (x1): sip:ann@a.example;transport=tcp; sips:ann@b.example; tel:+12025550100",
      "Bob (x2): sip:bob@b.example",
    ],
  ],
];

test.for(exporters)("a CSV file is read as %s", async ([, file, expected]) => {
  expect(await sketch("csv", file)).toEqual(expected);
});

// when a record …; the file after its header; the rows read from it
const broken: [string, string, readonly string[]][] = [
  [
    "has a quotation mark that is never closed, only this record is lost",
    'Ann,+12025550100\n"Bob,+12025550101\nCarl,+12025550102\nDora,+12025550103\n',
    [
      "Ann: tel:+12025550100 [Phone]",
      "line 3: record has a quotation mark that is never closed",
      "Carl: tel:+12025550102 [Phone]",
      "Dora: tel:+12025550103 [Phone]",
    ],
  ],
  [
    "has a quotation mark that a later record seems to close, only this record is lost",
    '"Bob,+12025550101\nCarl,+12025550102\n"Dora",+12025550103\n',
    [
      'line 2: record has a quotation mark inside a quoted cell (it must be written twice: "")',
      "Carl: tel:+12025550102 [Phone]",
      "Dora: tel:+12025550103 [Phone]",
    ],
  ],
  [
    "has quoted line ends and quotation marks, it is read whole",
    '"Bob\nthe ""Builder""","+12025550101"\nCarl,+12025550102',
    ['Bob the "Builder": tel:+12025550101 [Phone]', "Carl: tel:+12025550102 [Phone]"],
  ],
  [
    "has too few or too many cells, only this record is lost",
    "Bob\nCarl,+12025550102,x\nDora,+12025550103,\n",
    [
      "line 2: record has 1 cells, but the first record has 2",
      "line 3: record has 3 cells, but the first record has 2",
      "Dora: tel:+12025550103 [Phone]",
    ],
  ],
  ["is empty, it is skipped", "\n,\n  ,\nBob,+12025550101\n", ["Bob: tel:+12025550101 [Phone]"]],
  [
    "has no name, its address becomes the name",
    ",+12025550101\n",
    ["tel:+12025550101: tel:+12025550101 [Phone]"],
  ],
  [
    "has no name and no address, it is rejected",
    ",nothing\n",
    ["line 2: name has no name, and no address to use as its name"],
  ],
  ["has a NUL character, it is rejected", "Bob\0,+12025550101\n", ["line 2: record has a NUL character"]],
  [
    "has a name that is too long, it is rejected",
    `${"x".repeat(501)},+12025550101\n${"x".repeat(40_000)},+12025550101\n`,
    ["line 2: name is longer than 500 characters", "line 3: record has a cell of more than 32768 characters"],
  ],
  [
    "is longer than the maximum, it is rejected",
    `${"x".repeat(300_000)},1\nAnn,+12025550100\n`,
    ["line 2: record is longer than 262144 characters", "Ann: tel:+12025550100 [Phone]"],
  ],
  [
    "has the same address twice, the address is read once",
    "Bob,tel:+1-202-555-0101 ::: tel:+12025550101\n",
    ["Bob: tel:+1-202-555-0101 [Phone]"],
  ],
];

test.for(broken)("when a record %s", async ([, records, expected]) => {
  expect(await sketch("csv", `Name,Phone\n${records}`)).toEqual(expected);
});

test("a mapping assigns the columns", async () => {
  const file = "key;who;also;dial;seen\nk1;Ann;Lee;020 7946 0018;2026-01-02T03:04:05Z\n";
  const mapping = {
    externalId: "Key",
    name: ["who", "also"],
    addresses: [{ column: "dial", label: "desk" }],
    assertedAt: "seen",
  };
  const [row] = await readAll("csv", file, { mapping, region: "GB" });
  expect(row).toMatchObject({
    place: "line 2",
    contact: {
      externalId: "k1",
      name: "Ann Lee",
      addresses: [
        { uri: "tel:+442079460018", label: "desk", assertedAt: Date.parse("2026-01-02T03:04:05.000Z") },
      ],
    },
  });
});

// when …; the file; the error
const faults: [string, string, RegExp][] = [
  ["it is empty", "", /empty/],
  ["it has no known column", "alpha,beta\n1,2\n", /Send a mapping.*"alpha", "beta"/],
  ["its first record is broken", '"alpha,Phone\n1,2\n', /first record.*never closed/],
];

test.for(faults)("a whole file is refused when %s", async ([, file, expected]) => {
  const reading = sketch("csv", file);
  await expect(reading).rejects.toThrow(FileFault);
  await expect(reading).rejects.toThrow(expected);
});

test("the error about an unknown column in a mapping lists the columns of the file", async () => {
  const reading = sketch("csv", "name,phone\n", { mapping: { addresses: [{ column: "tel" }] } });
  await expect(reading).rejects.toThrow(
    'names the column "tel", which the file does not have. The file\'s columns are "name", "phone".',
  );
});
