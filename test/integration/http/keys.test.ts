import { expect, test } from "vitest";
import { hashSecret } from "../../../src/store/keys.ts";
import { Key } from "../../../src/wire/service/keys.ts";
import { listOf } from "../../../src/wire/shapes.ts";
import { makeBook, makeKey } from "../../support/book.ts";
import { bodyAs, openClient } from "../../support/pages/contract.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();

test("a key is shown once, and only its hash is stored", async () => {
  const book = await makeBook(server.db);
  const admin = openClient(server.app, book.key);
  const made = await admin.post("/v1/keys", {
    body: { name: "CRM", scopes: ["read"], expiresAt: "2099-01-01T00:00:00+01:00" },
  });
  expect(made).toMatchObject({
    status: 201,
    body: {
      name: "CRM",
      scopes: ["read"],
      source: null,
      expiresAt: "2098-12-31T23:00:00.000Z",
      revokedAt: null,
    },
  });
  const { id, key = "" } = bodyAs(Key, made);
  expect(key).toMatch(/^sbk_[A-Za-z0-9_-]{43}$/);
  expect(await openClient(server.app, key).get("/v1/sources")).toMatchObject({ status: 200 });

  const list = await admin.get("/v1/keys");
  expect(bodyAs(listOf("Key"), list).items.find((item) => item.id === id)).not.toHaveProperty("key");
  expect(JSON.stringify(list.body)).not.toContain(key);
  const row = await server.db.key.findUniqueOrThrow({ where: { id } });
  expect(row.hash).toBe(hashSecret(key));
  expect(JSON.stringify(row)).not.toContain(key);
});

// a key with the scopes … and the source … is refused at /source with …
const sources: [string[], string | null | undefined, string | null][] = [
  [["ingest"], undefined, "is required with the scope ingest"],
  [["ingest"], null, "is required with the scope ingest"],
  [["ingest"], "nowhere", "must be the name of a source of the book"],
  [["read"], "default", "is allowed with the scope ingest only"],
  [["ingest", "read"], "kamailio", null],
  [["read"], null, null],
];
test.for(sources)(
  "a key with the scopes %j and the source %s is checked",
  async ([scopes, source, detail]) => {
    const { key } = await makeBook(server.db);
    const answer = await openClient(server.app, key).post("/v1/keys", {
      body: { name: "pbx", scopes, source },
    });
    expect(answer).toMatchObject(
      detail === null
        ? { status: 201, body: { scopes, source: source ?? null } }
        : { status: 422, body: { errors: [{ pointer: "/source", detail }] } },
    );
  },
);

test("a revoked key stays in the list; revoking it again changes nothing", async () => {
  const { app, db } = server;
  const book = await makeBook(db);
  const admin = openClient(app, book.key);
  const { id } = await makeKey(db, book.id, "read");
  expect(await admin.delete(`/v1/keys/${id}`)).toMatchObject({ status: 204 });
  const revokedAt = async () =>
    bodyAs(listOf("Key"), await admin.get("/v1/keys")).items.find((item) => item.id === id)?.revokedAt;
  const first = await revokedAt();
  expect(first).toEqual(expect.any(String));
  expect(await admin.delete(`/v1/keys/${id}`)).toMatchObject({ status: 204 });
  expect(await revokedAt()).toBe(first);
});

test("a key of another book is not found", async () => {
  const { app, db } = server;
  const [own, other] = [await makeBook(db), await makeBook(db)];
  const { id } = await makeKey(db, other.id, "read");
  expect(await openClient(app, own.key).delete(`/v1/keys/${id}`)).toMatchObject({ status: 404 });
  expect(await openClient(app, own.key).delete(`/v1/keys/${id}?book=${other.name}`)).toMatchObject({
    status: 204,
  });
});

test("keys are listed oldest first, page by page", async () => {
  const { app, db } = server;
  const book = await makeBook(db);
  for (let i = 0; i < 4; i++) await makeKey(db, book.id, "read");
  const admin = openClient(app, book.key);
  const all = bodyAs(listOf("Key"), await admin.get("/v1/keys")).items.map(({ id }) => id);
  expect(all).toHaveLength(5);
  const seen: string[] = [];
  let url: string | null = "/v1/keys?limit=2";
  while (url !== null) {
    const answer = await admin.get(url);
    seen.push(...bodyAs(listOf("Key"), answer).items.map(({ id }) => id));
    url = /^<([^>]+)>; rel="next"$/.exec(answer.headers["link"] ?? "")?.[1] ?? null;
  }
  expect(seen).toEqual(all);
});
