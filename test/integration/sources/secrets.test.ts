import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openVault } from "../../../src/vault/vault.ts";
import { listOf, shapes } from "../../../src/wire/shapes.ts";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { makeBook, makeKey } from "../../support/book.ts";
import { openLog } from "../../support/log.ts";
import { type Answer, bodyAs, type Client, openClient } from "../../support/pages/contract.ts";
import { testOutbound } from "../../support/pbx/outbound.ts";
import { expectNoTrace, hmacHeaders } from "../../support/pbx/signing.ts";

const { log, lines } = openLog("info");
let server: TestApp;
/** The same database with another SIPBOOK_SECRET_KEY, and without one. */
let rekeyed: TestApp;
let keyless: TestApp;
beforeAll(async () => {
  const url = inject("databaseUrl");
  const vault = openVault("another secret key");
  server = await openTestApp(url);
  rekeyed = await openTestApp(url, log, url, { outbound: { ...testOutbound, vault } });
  keyless = await openTestApp(url, log, url, { outbound: { ...testOutbound, vault: null } });
});
afterAll(() => Promise.all([server, rekeyed, keyless].map((each) => each.close())));

interface Book {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly admin: Client;
}

async function openBook(): Promise<Book> {
  const { id, name, key } = await makeBook(server.db);
  return { id, name, key, admin: openClient(server.app, key) };
}

const secretsOf = (source = "default") => `/v1/sources/${source}/secrets`;
const secretIn = (answer: Answer) => bodyAs(shapes.SourceSecret, answer);

async function addSecret(
  { admin }: Book,
  body?: unknown,
): Promise<{ readonly id: string; readonly secret: string }> {
  const { id, secret = "" } = secretIn(await admin.post(secretsOf(), body === undefined ? {} : { body }));
  return { id, secret };
}

const event = () => JSON.stringify({ id: randomUUID(), requestUri: "sip:alice@pbx.example", status: 486 });

/** Reports an event of the default dialect, signed and without a key. */
function report({ name }: Book, secret: string, { app } = server, headers = {}): Promise<Answer> {
  const body = event();
  const url = `/v1/webhooks/default?book=${name}`;
  return openClient(app).post(url, { body, headers: { ...hmacHeaders(secret, body), ...headers } });
}

test("a generated secret is shown once and verifies signatures", async () => {
  const book = await openBook();
  const made = await book.admin.post(secretsOf());
  const { id, secret = "" } = secretIn(made);
  expect(made.status).toBe(201);
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  const listed = await book.admin.get(secretsOf());
  expect(bodyAs(listOf("SourceSecret"), listed).items).toEqual([
    { id, createdAt: expect.any(String), expiresAt: null },
  ]);
  expect(JSON.stringify(listed.body)).not.toContain(secret);
  expect(await report(book, secret)).toMatchObject({ status: 202, body: { accepted: 1 } });
  expect(await report(book, `whsec_${"A".repeat(43)}=`)).toMatchObject({ status: 401 });
});

test("a given secret is never shown", async () => {
  const book = await openBook();
  const secret = "a secret that somebody made up";
  const answers = [
    await book.admin.post(secretsOf(), { body: { secret } }),
    await book.admin.get(secretsOf()),
  ];
  expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(secret);
  expect(await report(book, secret)).toMatchObject({ status: 202 });
});

describe("rotation", () => {
  test("the previous secret is accepted with the new one, an older one is not", async () => {
    const book = await openBook();
    const [first, second, third] = [await addSecret(book), await addSecret(book), await addSecret(book)];
    expect(await report(book, first.secret)).toMatchObject({ status: 401 });
    for (const { secret } of [second, third])
      expect(await report(book, secret)).toMatchObject({ status: 202 });
    const { items } = bodyAs(listOf("SourceSecret"), await book.admin.get(secretsOf()));
    expect(items.map(({ id }) => id)).toEqual([third.id, second.id]);
    const [, former] = items;
    const keptSeconds = (Date.parse(former?.expiresAt ?? "") - Date.now()) / 1000;
    expect(keptSeconds).toBeGreaterThan(86_400 - 600);
    expect(keptSeconds).toBeLessThan(86_400 + 600);
  });

  test("with keepPreviousSeconds 0 the previous secret ends at once", async () => {
    const book = await openBook();
    const [first, second] = [await addSecret(book), await addSecret(book, { keepPreviousSeconds: 0 })];
    expect(await report(book, first.secret)).toMatchObject({ status: 401 });
    expect(await report(book, second.secret)).toMatchObject({ status: 202 });
  });

  test("another rotation does not extend the life of a previous secret", async () => {
    const book = await openBook();
    await addSecret(book);
    await addSecret(book, { keepPreviousSeconds: 1000 });
    await server.db.sourceSecret.updateMany({
      where: { source: { book: { name: book.name } } },
      data: { expiresAt: new Date(Date.now() + 60_000) },
    });
    await addSecret(book);
    const { items } = bodyAs(listOf("SourceSecret"), await book.admin.get(secretsOf()));
    expect(Date.parse(items[1]?.expiresAt ?? "")).toBeLessThan(Date.now() + 600_000);
  });

  test("five simultaneous rotations leave two secrets", async () => {
    const book = await openBook();
    await Promise.all(Array.from({ length: 5 }, () => addSecret(book)));
    expect(bodyAs(listOf("SourceSecret"), await book.admin.get(secretsOf())).items).toHaveLength(2);
  });

  test("a deleted secret is no longer accepted, and deleting it again gives 404", async () => {
    const book = await openBook();
    const { id, secret } = await addSecret(book);
    const foreign = await openBook();
    expect(await foreign.admin.delete(`${secretsOf()}/${id}`)).toMatchObject({ status: 404 });
    expect(await report(book, secret)).toMatchObject({ status: 202 });
    expect(await book.admin.delete(`${secretsOf()}/${id}`)).toMatchObject({ status: 204 });
    expect(await report(book, secret)).toMatchObject({ status: 401 });
    expect(await book.admin.delete(`${secretsOf()}/${id}`)).toMatchObject({ status: 404 });
  });
});

// for the dialect …, … is refused at /secret with …
const refused: [string, unknown, RegExp][] = [
  ["default", "too short", /at least 16 characters/],
  ["telnyx", undefined, /public key of your Telnyx account/],
  ["telnyx", "not a key", /public key of your Telnyx account/],
  ["twilio", undefined, /auth token/],
  ["signalwire", undefined, /signing key/],
  ["jambonz", undefined, /webhook secret/],
  ["bandwidth", "a secret of some length", /password of Basic/],
];
test.for(refused)("for %s the secret %j is refused", async ([dialect, secret, detail]) => {
  const { admin } = await openBook();
  expect(await admin.post(secretsOf(dialect), { body: { secret } })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/secret", detail: expect.stringMatching(detail) }] },
  });
});

test("only an admin key manages secrets: other keys give 403, unknown sources 404", async () => {
  const book = await openBook();
  const { id } = await addSecret(book);
  const write = openClient(server.app, (await makeKey(server.db, book.id, "write")).secret);
  for (const answer of [
    write.post(secretsOf()),
    write.get(secretsOf()),
    write.delete(`${secretsOf()}/${id}`),
  ])
    expect(await answer).toMatchObject({ status: 403 });
  for (const answer of [book.admin.post(secretsOf("nobody")), book.admin.get(secretsOf("nobody"))])
    expect(await answer).toMatchObject({ status: 404 });
});

test("a secret cannot be stored without SIPBOOK_SECRET_KEY", async () => {
  const { key } = await openBook();
  expect(await openClient(keyless.app, key).post(secretsOf())).toMatchObject({
    status: 409,
    body: { type: "urn:sipbook:problem:secret-key-missing" },
  });
});

test("an unreadable secret gives 401 and is logged once", async () => {
  for (const other of [rekeyed, keyless]) {
    const book = await openBook();
    const { id, secret } = await addSecret(book);
    for (let i = 0; i < 3; i += 1) expect(await report(book, secret, other)).toMatchObject({ status: 401 });
    const told = lines.filter(({ secretId, level }) => secretId === id && level === 50);
    expect(told).toHaveLength(1);
    expect(told[0]?.["msg"]).toMatch(/another SIPBOOK_SECRET_KEY\. Set that key again, or the secret anew/);
  }
});

describe("authentication of a report", () => {
  test("a key alone is enough, whether the source has a secret or not", async () => {
    const book = await openBook();
    const send = () => book.admin.post("/v1/webhooks/default", { body: event() });
    expect(await send()).toMatchObject({ status: 202 });
    await addSecret(book);
    expect(await send()).toMatchObject({ status: 202 });
  });

  test("a wrong signature next to a key is refused if the source has a secret", async () => {
    const book = await openBook();
    const authorization = { authorization: `Bearer ${book.key}` };
    expect(await report(book, "no secret of it", server, authorization)).toMatchObject({ status: 202 });
    const { secret } = await addSecret(book);
    expect(await report(book, "no secret of it", server, authorization)).toMatchObject({ status: 401 });
    expect(await report(book, secret, server, authorization)).toMatchObject({ status: 202 });
  });

  test("a wrong key is refused even with a correct signature", async () => {
    const book = await openBook();
    const { secret } = await addSecret(book);
    for (const authorization of ["Bearer wrong", "Basic eDp5", "Digest x", ""])
      expect(await report(book, secret, server, { authorization })).toMatchObject({ status: 401 });
  });

  test("a report without either gives 401, the same for an existing and an unknown source", async () => {
    const book = await openBook();
    const body = event();
    const headers = hmacHeaders("no secret of it", body);
    const nobody = openClient(server.app);
    expect(await nobody.post(`/v1/webhooks/default?book=${book.name}`, { body })).toMatchObject({
      status: 401,
    });
    const paths = ["default", "nobody", "twilio", "Not-A-Name"].map((name) => `${name}?book=${book.name}`);
    for (const path of [...paths, "default?book=nobody", "default?book=", "default?book=a&book=b"])
      expect(await nobody.post(`/v1/webhooks/${path}`, { body, headers })).toMatchObject({
        status: 401,
        body: { detail: expect.stringMatching(/^Send a key, or sign with a secret/) },
      });
  });

  test("a refused report leaves nothing behind", async () => {
    const book = await openBook();
    await addSecret(book);
    for (const answer of [report(book, "no secret of it"), report(book, "")])
      expect(await answer).toMatchObject({
        status: 401,
        headers: { "www-authenticate": expect.any(String) },
      });
    await expectNoTrace(server.db, book.name);
  });

  test("a signature is valid only for its own source", async () => {
    const book = await openBook();
    const { secret } = await addSecret(book);
    const body = JSON.stringify({ ...JSON.parse(event()), source: "kamailio" });
    const headers = hmacHeaders(secret, body);
    const url = `?book=${book.name}`;
    expect(await openClient(server.app).post(`/v1/webhooks/kamailio${url}`, { body, headers })).toMatchObject(
      {
        status: 401,
      },
    );
    const answer = await openClient(server.app).post(`/v1/webhooks/default${url}`, { body, headers });
    const kept = await server.db.event.findMany({
      where: { book: { name: book.name } },
      select: { source: true },
    });
    expect(answer.status).toBe(202);
    expect(kept.map(({ source }) => source.name)).toEqual(["default"]);
  });

  test("a sender learns that a source is paused only if it is authenticated", async () => {
    const book = await openBook();
    const { secret } = await addSecret(book);
    await book.admin.patch("/v1/sources/default", { body: { paused: true } });
    expect(await report(book, secret)).toMatchObject({ status: 503 });
    expect(await report(book, "no secret of it")).toMatchObject({ status: 401 });
  });
});
