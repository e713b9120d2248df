import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { dialectNames } from "../../../src/dialects/dialects.ts";
import { createSource, findSource } from "../../../src/store/sources/sources.ts";
import { listOf } from "../../../src/wire/shapes.ts";
import { makeBook } from "../../support/book.ts";
import { bodyAs, openClient } from "../../support/pages/contract.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();

test("a new book has a source for each dialect", async () => {
  const { key } = await makeBook(server.db);
  const admin = openClient(server.app, key);
  const name = `b-${randomUUID()}`;
  expect(await admin.post("/v1/books", { body: { name } })).toMatchObject({
    status: 201,
    body: { name, emptyContact: "archive" },
  });
  const { items } = bodyAs(listOf("Source"), await admin.get(`/v1/sources?book=${name}`));
  expect(items.map((source) => [source.name, source.dialect, source.mode])).toEqual([
    ["asterisk", "asterisk", "immediate"],
    ["bandwidth", "bandwidth", "immediate"],
    ["default", "default", "immediate"],
    ["freeswitch", "freeswitch", "immediate"],
    ["generic", "generic", "immediate"],
    ["hep", "hep", "observe"],
    ["jambonz", "jambonz", "immediate"],
    ["kamailio", "kamailio", "immediate"],
    ["opensips", "opensips", "immediate"],
    ["signalwire", "signalwire", "immediate"],
    ["telnyx", "telnyx", "immediate"],
    ["twilio", "twilio", "immediate"],
  ]);
});

test("a second book with the same name gives 409 and leaves nothing behind", async () => {
  const book = await makeBook(server.db);
  const admin = openClient(server.app, book.key);
  expect(await admin.post("/v1/books", { body: { name: book.name, emptyContact: "keep" } })).toMatchObject({
    status: 409,
    body: { type: "urn:sipbook:problem:conflict" },
  });
  // makeBook names the source default.
  expect(await server.db.source.count({ where: { bookId: book.id } })).toBe(1);
});

test("the source of a dialect is made when it is first named", async () => {
  const book = await makeBook(server.db);
  const admin = openClient(server.app, book.key);
  expect(await findSource(server.db, book.id, "twilio")).toBeNull();
  const body = { name: "our Twilio", scopes: ["ingest"], source: "twilio" };
  expect((await admin.post("/v1/keys", { body })).status).toBe(201);
  expect(await findSource(server.db, book.id, "twilio")).toMatchObject({
    dialect: "twilio",
    mode: "immediate",
  });
});

test("a report that names the source of a dialect makes it, and many at once make one", async () => {
  const book = await makeBook(server.db);
  const client = openClient(server.app, book.key);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      client.post("/v1/events", {
        body: { id: `call-${i}`, source: "opensips", requestUri: "sip:a@b.example", status: 486 },
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  expect(await server.db.source.count({ where: { bookId: book.id, name: "opensips" } })).toBe(1);
});

test("a list of the sources names one for each dialect", async () => {
  const book = await makeBook(server.db);
  const { items } = bodyAs(listOf("Source"), await openClient(server.app, book.key).get("/v1/sources"));
  expect(items.map(({ name }) => name)).toEqual([...dialectNames].toSorted());
});

test("the name of a dialect is taken before its source is made", async () => {
  const book = await makeBook(server.db);
  const body = { name: "twilio", dialect: "generic" };
  expect((await openClient(server.app, book.key).post("/v1/sources", { body })).status).toBe(409);
});

test("a source that has the name of a dialect, and another dialect, stays as it is", async () => {
  const book = await makeBook(server.db);
  const settings = { mode: "observe", mapping: null, paused: false, trustedPath: false } as const;
  await createSource(server.db, book.id, { name: "twilio", dialect: "generic", ...settings });
  await openClient(server.app, book.key).get("/v1/sources");
  expect(await findSource(server.db, book.id, "twilio")).toMatchObject({
    dialect: "generic",
    mode: "observe",
  });
});

test("a name that no dialect has makes no source", async () => {
  const book = await makeBook(server.db);
  const { status } = await openClient(server.app, book.key).get("/v1/sources/teams");
  expect(status).toBe(404);
  expect(await findSource(server.db, book.id, "teams")).toBeNull();
});

test("two simultaneous requests for the same book create one", async () => {
  const { key } = await makeBook(server.db);
  const name = `b-${randomUUID()}`;
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => openClient(server.app, key).post("/v1/books", { body: { name } })),
  );
  expect(answers.map(({ status }) => `${status}`).toSorted()).toEqual(["201", "409", "409", "409", "409"]);
});

test.for(["", "A", "-a", "a_b", "a".repeat(64), "a b", "ä"])(
  "%j is not a valid name of a book",
  async (name) => {
    const { key } = await makeBook(server.db);
    expect(await openClient(server.app, key).post("/v1/books", { body: { name } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/name" }] },
    });
  },
);

test("books are listed by name, page by page", async () => {
  const prefix = randomUUID();
  const [{ key }] = [await makeBook(server.db)];
  const admin = openClient(server.app, key);
  for (const letter of ["c", "a", "b"])
    await admin.post("/v1/books", { body: { name: `${prefix}-${letter}` } });
  const cursor = Buffer.from(JSON.stringify({ name: prefix })).toString("base64url");
  const first = await admin.get(`/v1/books?limit=2&cursor=${cursor}`);
  const { items, next } = bodyAs(listOf("Book"), first);
  expect(items.map(({ name }) => name)).toEqual([`${prefix}-a`, `${prefix}-b`]);
  expect(first.headers["link"]).toBe(`</v1/books?limit=2&cursor=${next}>; rel="next"`);
  const second = bodyAs(listOf("Book"), await admin.get(`/v1/books?limit=1&cursor=${next}`));
  expect(second.items.map(({ name }) => name)).toEqual([`${prefix}-c`]);
});

test("a source is created, read and changed, and its name is unique", async () => {
  const { key } = await makeBook(server.db);
  const admin = openClient(server.app, key);
  const body = { name: "trunk-1", dialect: "kamailio", mode: "observe" };
  const made = await admin.post("/v1/sources", { body });
  expect(made).toMatchObject({ status: 201, body, headers: { location: "/v1/sources/trunk-1" } });
  expect(await admin.post("/v1/sources", { body })).toMatchObject({ status: 409 });
  expect(await admin.get("/v1/sources/trunk-1")).toMatchObject({ status: 200, body: made.body });
  const changed = await admin.patch("/v1/sources/trunk-1", { body: { mode: "immediate" } });
  expect(changed).toMatchObject({ status: 200, body: { ...body, mode: "immediate" } });
  expect(await admin.patch("/v1/sources/trunk-1", { body: {} })).toMatchObject({
    status: 200,
    body: changed.body,
  });
  expect(await admin.patch("/v1/sources/trunk-1", { body: { mode: null } })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/mode" }] },
  });
  const other = await makeBook(server.db);
  const foreign = { bookId: other.id, name: "trunk-2", dialect: "default" };
  expect(await admin.patch("/v1/sources/trunk-1", { body: foreign })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/bookId" }, { pointer: "/name" }, { pointer: "/dialect" }] },
  });
  expect(await admin.get("/v1/sources/trunk-1")).toMatchObject({ body: changed.body });
  expect(await admin.patch("/v1/sources/trunk-2", { body: {} })).toMatchObject({ status: 404 });
});
