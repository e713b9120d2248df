import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hasAdminKey, hashSecret, setAdminKey } from "../../../src/store/keys.ts";
import { Key } from "../../../src/wire/service/keys.ts";
import { makeBook, makeKey } from "../../support/book.ts";
import { bodyAs, faultAt, methodOf, openClient } from "../../support/pages/contract.ts";
import { document } from "../../support/pages/document.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

test("a key is accepted as a bearer token, or as the Basic password with any user", async () => {
  const { key } = await makeBook(server.db);
  const client = openClient(server.app);
  for (const authorization of [`Bearer ${key}`, `bearer  ${key}`, basic(`pbx:${key}`), basic(`:${key}`)]) {
    expect(await client.get("/v1/sources", { headers: { authorization } })).toMatchObject({ status: 200 });
  }
});

// when the header is …, the detail says …
const refused: [string, string | null, RegExp][] = [
  ["absent", null, /Send Authorization/],
  ["of another scheme", "Digest abc", /Send Authorization/],
  ["Bearer without a key", "Bearer ", /Send Authorization/],
  ["Basic without a colon", basic("key"), /Send Authorization/],
  ["Basic without a password", basic("user:"), /Send Authorization/],
  ["an unknown key", "Bearer sbk_unknown", /key is unknown/],
  ["not ASCII", "Bearer \u00fc\u00ff", /key is unknown/],
];
test.for(refused)(
  "a request gives 401 if its Authorization header is %s",
  async ([, authorization, detail]) => {
    const headers = authorization === null ? {} : { authorization };
    const answer = await openClient(server.app).get("/v1/sources", { headers });
    expect(answer).toMatchObject({
      status: 401,
      body: { type: "urn:sipbook:problem:unauthenticated", detail: expect.stringMatching(detail) },
    });
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer .*Basic /);
  },
);

test("a revoked key and an expired key are refused with the reason", async () => {
  const { db, app } = server;
  const book = await makeBook(db);
  const revoked = await makeKey(db, book.id, "read");
  await openClient(app, book.key).delete(`/v1/keys/${revoked.id}`);
  const expired = await makeKey(db, book.id, "read");
  await db.key.update({ where: { id: expired.id }, data: { expiresAt: new Date("2020-01-01T00:00:00Z") } });
  expect(await openClient(app, revoked.secret).get("/v1/sources")).toMatchObject({
    status: 401,
    body: { detail: expect.stringMatching(/^The key was revoked at 20/) },
  });
  expect(await openClient(app, expired.secret).get("/v1/sources")).toMatchObject({
    status: 401,
    body: { detail: "The key expired at 2020-01-01T00:00:00.000Z" },
  });
});

test("a scope includes the scopes below it but not those above it", async () => {
  const { db, app } = server;
  const book = await makeBook(db);
  const read = openClient(app, (await makeKey(db, book.id, "read")).secret);
  const write = openClient(app, (await makeKey(db, book.id, "write")).secret);
  expect(await write.get("/v1/sources")).toMatchObject({ status: 200 });
  expect(await read.get("/v1/keys")).toMatchObject({
    status: 403,
    body: { detail: "The key has the scope read; this operation needs admin" },
  });
  expect(await write.patch("/v1/sources/default", { body: {} })).toMatchObject({ status: 403 });
  const ingest = await openClient(app, book.key).post("/v1/keys", {
    body: { name: "pbx", scopes: ["ingest"], source: "default" },
  });
  expect(ingest.status).toBe(201);
  const { key = null } = bodyAs(Key, ingest);
  expect(await openClient(app, key).get("/v1/sources")).toMatchObject({ status: 403 });
});

describe("the header for another book", () => {
  test("lets an admin key use the named book", async () => {
    const { db, app } = server;
    const [own, other] = [await makeBook(db), await makeBook(db)];
    await openClient(app, own.key).post(`/v1/sources?book=${other.name}`, { body: { name: "trunk" } });
    expect(await openClient(app, other.key).get("/v1/sources/trunk")).toMatchObject({ status: 200 });
    expect(await openClient(app, own.key).get("/v1/sources/trunk")).toMatchObject({ status: 404 });
    expect(await openClient(app, own.key).get(`/v1/sources?book=${own.name}`)).toMatchObject({ status: 200 });
  });

  test("is refused from any other key", async () => {
    const { db, app } = server;
    const [own, other] = [await makeBook(db), await makeBook(db)];
    const write = openClient(app, (await makeKey(db, own.id, "write")).secret);
    expect(await write.get(`/v1/sources?book=${other.name}`)).toMatchObject({ status: 403 });
    expect(await write.get(`/v1/sources?book=${own.name}`)).toMatchObject({ status: 200 });
  });

  test.for(["nowhere", "%00", "A B", "x".repeat(5000)])(
    "gives 422 if no book has the name %s",
    async (name) => {
      const { key } = await makeBook(server.db);
      expect(await openClient(server.app, key).get(`/v1/sources?book=${name}`)).toMatchObject(
        faultAt("/query/book"),
      );
    },
  );
});

test("only health, readiness and the API description need no key", async () => {
  const open: string[] = [];
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of Object.keys(operations)) {
      const url = path.replaceAll(/\{[^}]+\}/g, randomUUID());
      const answer = await server.app.inject({ method: methodOf(method), url });
      if (answer.statusCode !== 401) open.push(path);
    }
  }
  expect(open.toSorted()).toEqual(["/healthz", "/openapi.json", "/readyz"]);
});

test("the configured admin key replaces the earlier configured one, and no other key", async () => {
  const { db, app } = server;
  const [first, second] = [`first-${randomUUID()}`, `second-${randomUUID()}`];
  await setAdminKey(db, first);
  await setAdminKey(db, first);
  expect(await openClient(app, first).get("/v1/books?limit=1")).toMatchObject({ status: 200 });
  await setAdminKey(db, second);
  expect(await openClient(app, first).get("/v1/books")).toMatchObject({ status: 401 });
  expect(await openClient(app, second).get("/v1/books?limit=1")).toMatchObject({ status: 200 });
  expect(await hasAdminKey(db)).toBe(true);
  expect(await db.key.count({ where: { hash: hashSecret(second), book: { name: "default" } } })).toBe(1);
});
