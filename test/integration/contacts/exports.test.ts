import { v7 as uuidv7 } from "uuid";
import { beforeAll, describe, expect } from "vitest";
import { readRows } from "../../../src/formats/read-rows.ts";
import type { ImportRow } from "../../../src/formats/rows/row.ts";
import { shapes } from "../../../src/wire/shapes.ts";
import { makeBook as makeTestBook } from "../../support/book.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { insertContact, minutes } from "../../support/rows.ts";
import type { Book } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { at } from "../fold/calls.ts";

const service = await sharedService();
let empty: Book;
let stage: Awaited<ReturnType<typeof openBook>>;
beforeAll(async () => {
  empty = await service.makeBook();
  stage = await openBook();
});

const path = "/v1/exports/contacts";

async function textOf(book: Book, query: string): Promise<string> {
  const answer = await book.get(`${path}?${query}`);
  expect(answer.status).toBe(200);
  return typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
}

/** Ann has two addresses. Bob lost his last one, so he is archived. */
async function openBook() {
  const book = await service.makeBook();
  const body = {
    name: "Ann",
    externalId: "crm-1",
    addresses: [
      { uri: "tel:+442079460018", label: "work", assertedAt: at(0) },
      { uri: "sip:ann@gone.example", assertedAt: at(0) },
      { uri: "sip:ann@pbx.example", assertedAt: at(0) },
    ],
  };
  const ann = bodyAs(shapes.Contact, await book.post("/v1/contacts", { body }));
  const bob = await book.addContact("sip:bob@gone.example");
  const gone = await book.reportOne({
    requestUri: "sip:ann@gone.example",
    status: 410,
    reason: "Gone",
    occurredAt: at(1),
    callId: "a",
  });
  await book.reportOne({
    requestUri: "sip:bob@gone.example",
    status: 410,
    reason: "Gone",
    occurredAt: at(2),
    callId: "b",
  });
  return { book, ann, bob, gone };
}

describe("an export", () => {
  test("contains the contacts with their active addresses, in each format", async () => {
    const { book, ann } = stage;
    expect(await textOf(book, "format=csv")).toMatch(
      new RegExp(
        `^externalId,name,addresses,labels,id,createdAt,updatedAt\r\ncrm-1,Ann,tel:\\+442079460018 ::: sip:ann@pbx.example,"work ::: ",${ann.id},[^,]+Z,[^,]+Z\r\n$`,
      ),
    );
    const [line = "", ...others] = (await textOf(book, "format=ndjson")).split("\n");
    expect(others).toEqual([""]);
    expect(JSON.parse(line)).toEqual((await book.get(`/v1/contacts/${ann.id}`)).body);
    expect(await textOf(book, "format=vcard")).toContain(
      "TEL;VALUE=uri;TYPE=work:tel:+442079460018\r\nIMPP:sip:ann@pbx.example\r\n",
    );
    expect((await book.get(`${path}?format=jscontact`)).body).toMatchObject([
      { "@type": "Card", uid: "crm-1", name: { full: "Ann" } },
    ]);
  });

  test("is a file with a name, and names the cursor from which the feed continues", async () => {
    const { book } = stage;
    const { headers } = await book.get(`${path}?format=vcard`);
    const last = (await book.changes()).at(-1)?.sequence;
    expect(headers).toMatchObject({
      "content-type": "text/vcard; charset=utf-8",
      "content-disposition": expect.stringMatching(
        new RegExp(`^attachment; filename="sipbook-${book.name}-contacts-\\d{4}-\\d\\d-\\d\\d\\.vcf"$`),
      ),
      "sipbook-sequence": String(last),
    });
  });

  test("of everything also contains archived contacts and gone addresses, marked as such", async () => {
    const { book, bob } = stage;
    const lines = (await textOf(book, "state=all")).trim().split("\n");
    const contacts = lines.map((line) =>
      bodyAs(shapes.Contact, { status: 200, headers: {}, body: JSON.parse(line) }),
    );
    expect(contacts.map(({ name, archivedAt }) => [name, archivedAt !== null])).toEqual([
      ["Ann", false],
      ["Alice", true],
    ]);
    expect(contacts[0]?.addresses.map(({ uri, state }) => `${uri} ${state}`)).toEqual([
      "tel:+442079460018 active",
      "sip:ann@gone.example gone",
      "sip:ann@pbx.example active",
    ]);
    const csv = await textOf(book, "state=all&format=csv");
    expect(csv).toMatch(/^[^\r]*,archivedAt,goneAddresses\r\n[^\r]*,,sip:ann@gone\.example\r\n/);
    expect(csv).toMatch(new RegExp(`,Alice,,,${bob.id},[^,]+,[^,]+,[^,]+Z,sip:bob@gone\\.example\r\n$`));
  });

  test("of gone addresses lists the addresses not to call, each with what removed it", async () => {
    const { book, ann, gone } = stage;
    const rows = (await textOf(book, "state=gone"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const change = (await book.changes()).find(({ kind }) => kind === "removed");
    expect(rows).toHaveLength(2);
    expect(rows[0]).toEqual({
      uri: "sip:ann@gone.example",
      label: null,
      contactId: ann.id,
      externalId: "crm-1",
      name: "Ann",
      goneAt: change?.at,
      status: 410,
      reason: "Gone",
      source: "default",
      eventId: gone.id,
    });
    expect(bodyAs(shapes.GoneAddress, { status: 200, headers: {}, body: rows[0] })).toEqual(rows[0]);
    expect(await textOf(book, "state=gone&format=csv")).toContain(
      `sip:ann@gone.example,${change?.at},410,Gone,default,${gone.id},${ann.id},crm-1,Ann,\r\n`,
    );
    expect(await textOf(book, `state=gone&changedSince=${rows[1].goneAt}`)).toContain("sip:bob@gone.example");
    expect(
      await textOf(book, `state=gone&changedSince=${new Date(Date.parse(rows[1].goneAt) + 1).toISOString()}`),
    ).toBe("");
  });

  test("of gone addresses leaves out an address that is active again", async () => {
    const { book } = await openBook();
    await book.reportOne({ requestUri: "sip:ann@gone.example", status: 200, occurredAt: at(5), callId: "c" });
    expect(await textOf(book, "state=gone")).not.toContain("sip:ann@gone.example");
  });

  test("of an empty book is a file without rows", async () => {
    const book = empty;
    expect(await textOf(book, "format=csv")).toBe(
      "externalId,name,addresses,labels,id,createdAt,updatedAt\r\n",
    );
    expect((await book.get(`${path}?format=jscontact`)).body).toEqual([]);
    expect(await textOf(book, "format=ndjson")).toBe("");
  });

  test("since a time contains the contacts that changed at that time or later", async () => {
    const book = await makeTestBook(service.db);
    for (const minute of [1, 2, 3])
      await insertContact(service.db, book, { name: `C${minute}`, updatedAt: minutes(minute) });
    const answer = await get(book.key, `?changedSince=${minutes(2).toISOString()}`);
    expect(
      answer
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).name),
    ).toEqual(["C2", "C3"]);
  });

  test("of many pages contains each contact once, in order of id, and is valid as a whole", async () => {
    const book = await makeTestBook(service.db);
    const ids = Array.from({ length: 1001 }, () => uuidv7()).toSorted();
    await service.db.contact.createMany({
      data: ids.map((id) => ({
        id,
        bookId: book.id,
        name: "Many",
        createdAt: minutes(0),
        updatedAt: minutes(0),
      })),
    });
    const cards: { uid: string }[] = JSON.parse(await get(book.key, "?format=jscontact"));
    expect(cards.map(({ uid }) => uid)).toEqual(ids.map((id) => `urn:sipbook:contact:${id}`));
    expect((await get(book.key, "?format=csv")).split("\r\n")).toHaveLength(1003);
  });

  test("can be imported again and gives the same contacts", async () => {
    const { book } = stage;
    for (const format of ["csv", "vcard", "ndjson"] as const) {
      const text = await textOf(book, `format=${format}`);
      expect(await readText(format, text)).toMatchObject([
        {
          kind: "contact",
          isPartial: false,
          contact: {
            externalId: "crm-1",
            name: "Ann",
            addresses: [
              { uri: "tel:+442079460018", label: "work" },
              { uri: "sip:ann@pbx.example", label: null },
            ],
          },
        },
      ]);
    }
  });
});

// the Accept header, the Content-Type of the response
const accepts: [string, string][] = [
  ["text/csv", "text/csv; charset=utf-8"],
  ["text/html, text/vcard;q=0.8, */*;q=0.1", "text/vcard; charset=utf-8"],
  ["text/*;q=0.5, text/csv;q=0", "text/vcard; charset=utf-8"],
  ["*/*", "application/x-ndjson; charset=utf-8"],
  ["application/jscontact+json", "application/jscontact+json"],
];

test.for(accepts)("an export with Accept: %s is sent as %s", async ([accept, type]) => {
  expect(await empty.get(path, { headers: { accept } })).toMatchObject({
    status: 200,
    headers: { "content-type": type },
  });
});

// the query, the status, and the error
const refused: [string, number, object][] = [
  ["format=xml", 422, { errors: [{ pointer: "/query/format" }] }],
  ["state=gone&format=vcard", 422, { errors: [{ pointer: "/query/state" }] }],
  ["changedSince=yesterday", 422, { errors: [{ pointer: "/query/changedSince" }] }],
];

test.for(refused)("an export with %s is refused", async ([query, status, body]) => {
  expect(await empty.get(`${path}?${query}`)).toMatchObject({ status, body });
});

test("an export in an unknown type is refused, and so is one without the scope", async ({ book }) => {
  expect(await book.get(path, { headers: { accept: "text/html" } })).toMatchObject({
    status: 406,
    body: { type: "urn:sipbook:problem:not-acceptable" },
  });
  const key = await book.makeKey("ingest", "default");
  expect(await book.get(path, { key })).toMatchObject({ status: 403 });
});

test("an export that fails in the middle is cut off, so that it never looks complete", async () => {
  const book = await makeTestBook(service.db);
  const ids = Array.from({ length: 600 }, () => uuidv7()).toSorted();
  await service.db.contact.createMany({
    data: ids.map((id) => ({
      id,
      bookId: book.id,
      name: "Many",
      createdAt: minutes(0),
      updatedAt: minutes(0),
    })),
  });
  // A time that JSON cannot express, on the second page.
  await service.db.$executeRaw`update contacts set updated_at = 'infinity' where id = ${ids[550]}::uuid`;
  await expect(get(book.key, "")).rejects.toThrow("terminated");
  await service.db.$executeRaw`update contacts set updated_at = 'infinity' where id = ${ids[0]}::uuid`;
  await expect(get(book.key, "")).rejects.toThrow("500");
});

/** Sends over a real socket, for tests about the connection. */
async function get(key: string, query: string): Promise<string> {
  const origin = await service.origin();
  const answer = await fetch(`${origin}${path}${query}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

async function readText(format: "csv" | "vcard" | "ndjson", text: string): Promise<readonly ImportRow[]> {
  const rows: ImportRow[] = [];
  const chunks = (async function* () {
    yield Buffer.from(text);
  })();
  for await (const row of readRows(format, chunks, { region: null, mapping: null, delimiter: null }))
    rows.push(row);
  return rows;
}
