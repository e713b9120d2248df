import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { makeSubscriptionId } from "../../../src/store/subscriptions/subscriptions.ts";
import { openVault } from "../../../src/vault/vault.ts";
import { shapes } from "../../../src/wire/shapes.ts";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { makeBook, makeKey } from "../../support/book.ts";
import { bodyAs, type Client, openClient } from "../../support/pages/contract.ts";
import { readPages } from "../../support/pages/pages.ts";
import { makeOutbound } from "../../support/pbx/outbound.ts";
import { openReceiver, type Receiver, verify } from "../../support/processes/receiver.ts";
import { openWebhookService, type WebhookService } from "./webhooks.ts";

let server: TestApp;
let service: WebhookService;
let receiver: Receiver;
beforeAll(async () => {
  server = await openTestApp(inject("databaseUrl"));
  service = await openWebhookService({ outbound: makeOutbound() });
  receiver = await openReceiver();
});
afterAll(async () => {
  await server.close();
  await service.close();
  await receiver.close();
});

async function openBook(): Promise<Client & { readonly id: string }> {
  const book = await makeBook(server.db);
  return { ...openClient(server.app, book.key), id: book.id };
}

test("the secret is shown once, and is stored encrypted", async () => {
  const book = await openBook();
  const made = await book.post("/v1/subscriptions", { body: { name: "CRM", url: receiver.url } });
  const { id, secret = "" } = bodyAs(shapes.Subscription, made);
  expect(made.headers["location"]).toBe(`/v1/subscriptions/${id}`);
  expect(Buffer.from(secret.replace("whsec_", ""), "base64")).toHaveLength(32);
  const shown = await book.get(`/v1/subscriptions/${id}`);
  expect(shown.body).toMatchObject({ state: "active", kinds: [], sources: [], secretReadable: true });
  for (const answer of [shown, await book.get("/v1/subscriptions")]) {
    expect(JSON.stringify(answer.body)).not.toContain("whsec_");
    expect(answer.body).not.toHaveProperty("secret");
  }
  const row = await server.db.subscription.findUniqueOrThrow({ where: { id } });
  expect(Buffer.from(row.secret).includes(secret)).toBe(false);
});

const url = "http://127.0.0.1:9/";
const fault = (pointer: string, detail: RegExp) => ({
  status: 422,
  body: { errors: [{ pointer, detail: expect.stringMatching(detail) }] },
});

// a subscription with … is refused at …
const refused: [object, ReturnType<typeof fault>][] = [
  [{ url: "http://10.0.0.1/" }, fault("/url", /may not go to/)],
  [{ url: "http://169.254.169.254/latest/meta-data" }, fault("/url", /may not go to/)],
  [{ url: "http://nowhere.invalid/" }, fault("/url", /cannot be resolved/)],
  [{ url: "ftp://127.0.0.1/" }, fault("/url", /must be an http or https URL/)],
  [{ url: "https://u:p@127.0.0.1/" }, fault("/url", /must not carry a user/)],
  [{ kinds: ["renamed"] }, fault("/kinds/0", /must be one of asserted/)],
  [{ kinds: ["removed", "removed"] }, fault("/kinds", /duplicate/)],
  [{ sources: ["default", "nowhere"] }, fault("/sources/1", /must be the name of a source/)],
  [{ after: 1 }, fault("/after", /ahead of the book/)],
  [{ after: -1 }, fault("/after", />= 0/)],
  [{ name: "" }, fault("/name", /fewer than 1/)],
];

test.for(refused)("a subscription with %j is refused with its place", async ([fields, expected]) => {
  const book = await openBook();
  expect(await book.post("/v1/subscriptions", { body: { name: "CRM", url, ...fields } })).toMatchObject(
    expected,
  );
});

test("a PATCH is checked like a new subscription, and keeps the missing fields", async () => {
  const book = await openBook();
  const made = await book.post("/v1/subscriptions", { body: { name: "CRM", url, kinds: ["removed"] } });
  const { id } = bodyAs(shapes.Subscription, made);
  const patch = (body: object) => book.patch(`/v1/subscriptions/${id}`, { body });
  expect(await patch({ url: "http://10.0.0.1/" })).toMatchObject(fault("/url", /may not go to/));
  expect(await patch({ sources: ["nowhere"] })).toMatchObject(fault("/sources/0", /must be the name/));
  expect(await patch({ state: "disabled" })).toMatchObject(fault("/state", /must be one of active, paused/));
  expect(await patch({ name: "ERP", state: "paused" })).toMatchObject({
    status: 200,
    body: { name: "ERP", url, kinds: ["removed"], state: "paused" },
  });
  expect(await patch({ kinds: [], state: "active" })).toMatchObject({ body: { kinds: [], state: "active" } });
});

test("a subscription of another book is not found, nor is a deleted one", async () => {
  const [own, other] = [await openBook(), await openBook()];
  const { id } = bodyAs(
    shapes.Subscription,
    await own.post("/v1/subscriptions", { body: { name: "CRM", url } }),
  );
  const path = `/v1/subscriptions/${id}`;
  const calls = (client: Client) => [
    client.get(path),
    client.get(`${path}/deliveries`),
    client.patch(path, { body: { name: "x" } }),
    client.post(`${path}/rotate`),
    client.post(`${path}/ping`),
    client.post(`${path}/replay`, { body: { since: 0 } }),
    client.delete(path),
  ];
  const statuses = async (client: Client) => (await Promise.all(calls(client))).map(({ status }) => status);
  expect(await statuses(other)).toEqual([404, 404, 404, 404, 404, 404, 404]);
  expect(await own.delete(path)).toMatchObject({ status: 204 });
  expect(await statuses(own)).toEqual([404, 404, 404, 404, 404, 404, 404]);
});

test("reading needs the scope read, everything else the scope admin", async () => {
  const { app, db } = server;
  const book = await makeBook(db);
  const admin = openClient(app, book.key);
  const { id } = bodyAs(
    shapes.Subscription,
    await admin.post("/v1/subscriptions", { body: { name: "CRM", url } }),
  );
  const path = `/v1/subscriptions/${id}`;
  for (const scope of ["read", "write"] as const) {
    const client = openClient(app, (await makeKey(db, book.id, scope)).secret);
    for (const read of ["/v1/subscriptions", path, `${path}/deliveries`]) {
      expect((await client.get(read)).status).toBe(200);
    }
    expect((await client.post("/v1/subscriptions", { body: { name: "x", url } })).status).toBe(403);
    expect((await client.patch(path, { body: {} })).status).toBe(403);
    expect((await client.post(`${path}/rotate`)).status).toBe(403);
    expect((await client.post(`${path}/ping`)).status).toBe(403);
    expect((await client.post(`${path}/replay`, { body: { since: 0 } })).status).toBe(403);
    expect((await client.delete(path)).status).toBe(403);
  }
});

test("subscriptions are listed page by page, and a book has at most 100", async () => {
  const book = await openBook();
  const row = { bookId: book.id, name: "CRM", url, secret: new Uint8Array(), cursor: 0 };
  await server.db.subscription.createMany({
    data: Array.from({ length: 98 }, () => ({ ...row, id: makeSubscriptionId() })),
  });
  const made = await Promise.all(
    Array.from({ length: 4 }, () => book.post("/v1/subscriptions", { body: { name: "CRM", url } })),
  );
  expect(made.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 201, 409, 409]);
  const pages = await readPages(book, "/v1/subscriptions?limit=40");
  expect(pages.map((page) => page.length)).toEqual([40, 40, 20]);
  expect(pages.flat()).toEqual(pages.flat().toSorted());
});

test("a ping sends a signed message and returns the receiver's response", async () => {
  const book = await openBook();
  const asked = await book.post("/v1/subscriptions", { body: { name: "CRM", url: receiver.url } });
  const { id, secret = "" } = bodyAs(shapes.Subscription, asked);
  const ping = () => book.post(`/v1/subscriptions/${id}/ping`);
  const before = receiver.received.length;
  expect(await ping()).toMatchObject({ status: 200, body: { ok: true, status: 204, error: null } });
  const [message] = receiver.received.slice(before);
  if (message === undefined) throw new Error("Nothing came");
  expect(verify(secret, message)).toMatchObject({ type: "sipbook.ping", data: { subscriptionId: id } });
  receiver.react = () => 503;
  expect(await ping()).toMatchObject({ status: 200, body: { ok: false, status: 503, error: null } });
  receiver.react = () => (response) => response.destroy();
  expect(await ping()).toMatchObject({ body: { ok: false, status: null, error: "connection-lost" } });
  receiver.react = () => 204;
  expect(await book.get(`/v1/subscriptions/${id}`)).toMatchObject({ body: { failures: 0, state: "active" } });
});

test("without SIPBOOK_SECRET_KEY a subscription cannot be created, and existing ones say that they cannot sign", async () => {
  const book = await service.makeBook();
  const { id } = await book.subscribe(receiver.url);
  const keyless = await service.openBookWith({ ...makeOutbound(), vault: null }, book);
  const other = await service.openBookWith(
    { ...makeOutbound(), vault: openVault("another key than before") },
    book,
  );
  expect(await keyless.post("/v1/subscriptions", { body: { name: "CRM", url: receiver.url } })).toMatchObject(
    {
      status: 409,
      body: {
        type: "urn:sipbook:problem:secret-key-missing",
        detail: expect.stringContaining("SIPBOOK_SECRET_KEY"),
      },
    },
  );
  for (const wrong of [keyless, other]) {
    expect(await wrong.get(`/v1/subscriptions/${id}`)).toMatchObject({ body: { secretReadable: false } });
    expect(await wrong.post(`/v1/subscriptions/${id}/ping`)).toMatchObject({
      status: 200,
      body: { ok: false, error: "secret-unreadable" },
    });
  }
  // A rotation repairs a subscription after the former SIPBOOK_SECRET_KEY is lost.
  const mended = await other.post(`/v1/subscriptions/${id}/rotate`);
  expect(mended).toMatchObject({ status: 200, body: { secretReadable: true } });
});
