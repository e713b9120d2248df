import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { makeBook, type TestBook } from "../../support/book.ts";
import { openLog } from "../../support/log.ts";
import { type Client, openClient } from "../../support/pages/contract.ts";
import { insertEvent } from "../../support/rows.ts";

let server: TestApp;
let book: TestBook;
let client: Client;
const { log, lines } = openLog();
beforeAll(async () => {
  server = await openTestApp(inject("databaseUrl"), log);
  book = await makeBook(server.db);
  client = openClient(server.app, book.key);
});
afterAll(() => server.close());

const problem = (type: string) => ({ type: `urn:sipbook:problem:${type}` });

const json = "application/json";
// a body that is … gives the status and the problem …
const bodies: [string, string | undefined, string, number, string][] = [
  ["nothing", undefined, json, 400, "malformed-json"],
  ["half of a JSON document", '{"name":', json, 400, "malformed-json"],
  ["an attempt to change the prototype", '{"__proto__":{"a":1},"name":"a"}', json, 400, "malformed-json"],
  ["null", "null", json, 422, "invalid-input"],
  ["a string", '"a"', json, 422, "invalid-input"],
  ["plain text", "name", "text/plain", 415, "unsupported-media-type"],
  ["a form", "name=a", "application/x-www-form-urlencoded", 415, "unsupported-media-type"],
  ["5 MiB", `"${"a".repeat(5 * 1024 * 1024)}"`, json, 413, "too-large"],
];
test.for(bodies)("a body that is %s is refused", async ([, body, type, status, name]) => {
  const answer = await client.post("/v1/sources", { body, headers: { "content-type": type } });
  expect(answer).toMatchObject({ status, body: problem(name) });
});

test("a missing body gives 422", async () => {
  expect(await client.post("/v1/sources")).toMatchObject({ status: 422 });
});

const key = { name: "a", scopes: ["read"] };
const noText = "must not contain NUL characters or lone surrogates";
// a body with … gives at … the error …
const shapes: [string, unknown, Readonly<Record<string, string>>][] = [
  ["no fields", {}, { "/name": "is required", "/scopes": "is required" }],
  ["null for a name, which is not coerced,", { ...key, name: null }, { "/name": "must be string" }],
  ["a number for a name, which is not coerced,", { ...key, name: 1 }, { "/name": "must be string" }],
  [
    "one unknown scope",
    { ...key, scopes: ["read", "rule"] },
    { "/scopes/1": "must be one of ingest, read, write, admin" },
  ],
  [
    "a scope that is not in an array, which is not coerced,",
    { ...key, scopes: "read" },
    { "/scopes": "must be array" },
  ],
  ["a NUL character in the name", { ...key, name: "a\u0000" }, { "/name": noText }],
  ["a lone surrogate in the name", { ...key, name: "\ud800" }, { "/name": noText }],
  [
    "an impossible day",
    { ...key, expiresAt: "2026-02-30T00:00:00Z" },
    { "/expiresAt": expect.stringMatching(/^must be a time as in .*, or null$/) },
  ],
  ["a number for a text or null", { ...key, expiresAt: 5 }, { "/expiresAt": "must be string, or null" }],
];
test.for(shapes)("a body with %s gives 422 with the place of each error", async ([, body, details]) => {
  const errors = Object.entries(details).map(([pointer, detail]) => ({ pointer, detail }));
  const answer = await client.post("/v1/keys", { body });
  expect(answer).toMatchObject({ status: 422, body: { ...problem("invalid-input"), errors } });
});

// GET … is refused with an error at …
const queries: [string, string][] = [
  ["/v1/contacts?limit=0", "/query/limit"],
  ["/v1/contacts?limit=many", "/query/limit"],
  ["/v1/contacts?limit=1&limit=2", "/query/limit"],
  ["/v1/contacts?limit=1.5", "/query/limit"],
  ["/v1/contacts?cursor=abc", "/query/cursor"],
  [`/v1/contacts?cursor=${Buffer.from('{"id":"x"}').toString("base64url")}`, "/query/cursor"],
  ["/v1/contacts?cursor=", "/query/cursor"],
  ["/v1/contacts?uri=mailto:a@b.example", "/query/uri"],
  ["/v1/contacts?uri=sip:a@b.example%3Fsubject=x", "/query/uri"],
  ["/v1/contacts?uri=sip:a%00@b.example", "/query/uri"],
  [`/v1/contacts?uri=sip:${"a".repeat(3000)}@b.example`, "/query/uri"],
  ["/v1/contacts?q=%00", "/query/q"],
  ["/v1/contacts?q=", "/query/q"],
  ["/v1/contacts?externalId=%00", "/query/externalId"],
  ["/v1/contacts?archived=maybe", "/query/archived"],
  ["/v1/contacts?include=all", "/query/include"],
  ["/v1/events?verdict=maybe", "/query/verdict"],
  ["/v1/events?rule=none", "/query/rule"],
  ["/v1/events?from=yesterday", "/query/from"],
  ["/v1/events?from=0000-01-01T00:00:00Z", "/query/from"],
  ["/v1/events?to=2026-11-22T23:59:60Z", "/query/to"],
  ["/v1/events?source=A%20B", "/query/source"],
  [`/v1/events?cursor=${Buffer.from('{"at":1e300,"id":"x"}').toString("base64url")}`, "/query/cursor"],
  ["/v1/history?contact=me", "/query/contact"],
  ["/v1/history?contact=urn:uuid:01936d00-0000-7000-8000-000000000001", "/query/contact"],
  ["/v1/history?kind=none", "/query/kind"],
  ["/v1/feed?after=-1", "/query/after"],
  ["/v1/feed?after=99999999999999999999", "/query/after"],
  ["/v1/feed?limit=0", "/query/limit"],
];
test.for(queries)("GET %s gives 422", async ([url, pointer]) => {
  const answer = await client.get(url);
  expect(answer).toMatchObject({ status: 422, body: { ...problem("invalid-input"), errors: [{ pointer }] } });
});

// Strange but valid texts.
test.for(["/v1/contacts?q=%ff", "/v1/contacts?q=%ed%a0%80", "/v1/contacts?q=%25_%5C", "/v1/contacts?x=%00"])(
  "GET %s does not cause an error",
  async (url) => {
    expect(await client.get(url)).toMatchObject({ status: 200 });
  },
);

test.for([
  "/v1/contacts/1",
  "/v1/contacts/%00",
  "/v1/contacts/01936d00-0000-7000-8000-00000000ffff",
  "/v1/contacts/urn:uuid:01936d00-0000-7000-8000-000000000001",
  `/v1/contacts/${"a".repeat(5000)}`,
  "/v1/contacts/x/history",
  "/v1/events/x",
  "/v1/history/x",
  "/v1/sources/A",
  "/v1/nothing",
  "/",
])("GET %s is 404", async (url) => {
  const answer = await client.get(url);
  expect(answer).toMatchObject({ status: 404, body: problem("not-found") });
});

test("a path that is not UTF-8 gives 400", async () => {
  const answer = await server.app.inject({ url: "/v1/contacts/%ff" });
  expect(answer.headers["content-type"]).toMatch("application/problem+json");
  expect(answer.json()).toMatchObject({ status: 400, ...problem("malformed-request") });
});

test("a wrong method gives 405 with the allowed methods", async () => {
  const answer = await client.put("/v1/keys?book=x", { body: {} });
  expect(answer).toMatchObject({ status: 405, body: problem("method-not-allowed") });
  expect(answer.headers["allow"]).toBe("GET, HEAD, POST");
});

test("an internal error gives 500 without details, and is logged once with the request id", async () => {
  const id = await insertEvent(server.db, book, { report: { secret: "sip:alice@old.example" } });
  lines.length = 0;
  const answer = await client.get(`/v1/events/${id}`);
  expect(answer).toMatchObject({ status: 500, body: problem("fault") });
  const errors = lines.filter(({ level }) => Number(level) >= 50);
  expect(errors).toMatchObject([{ reqId: expect.any(String), fault: { name: "TypeError" } }]);
  expect(answer.body).toMatchObject({ detail: expect.stringContaining(String(errors[0]?.["reqId"])) });
});

test("a request writes one log line with its route and no data from the caller", async () => {
  lines.length = 0;
  const url = "/v1/contacts?uri=sip:alice@old.example&q=Alice";
  await client.get(url);
  await client.get("/v1/contacts/alice");
  await client.get("/alice");
  expect(lines).toMatchObject([
    { level: 30, method: "GET", route: "/v1/contacts", status: 200, ms: expect.any(Number) },
    { level: 30, method: "GET", route: "/v1/contacts/:id", status: 404 },
    { level: 30, method: "GET", route: null, status: 404 },
  ]);
  const logged = JSON.stringify(lines).toLowerCase();
  for (const word of ["alice", "old.example", book.key.toLowerCase(), "bearer"])
    expect(logged).not.toContain(word);
});

test("an unreachable database gives 503 with Retry-After, and the readiness check fails", async () => {
  const { log: quiet, lines: errors } = openLog();
  const away = await openTestApp("postgresql://postgres@127.0.0.1:9/none", quiet, inject("databaseUrl"));
  try {
    const answer = await openClient(away.app, "sbk_any").get("/v1/sources");
    expect(answer).toMatchObject({ status: 503, body: problem("database-away") });
    expect(answer.headers["retry-after"]).toBe("5");
    expect(JSON.stringify(errors)).not.toContain("127.0.0.1");
    const ready = await openClient(away.app).get("/readyz");
    expect(ready).toMatchObject({ status: 503, body: { ok: false, checks: { postgres: { ok: false } } } });
    expect(await openClient(away.app).get("/healthz")).toMatchObject({ status: 200 });
  } finally {
    await away.close();
  }
});

test("a service is ready if its database and its queue are reachable", async () => {
  const there = { ok: true, reason: null };
  expect(await openClient(server.app).get("/readyz")).toMatchObject({
    status: 200,
    body: { ok: true, checks: { postgres: there, queue: there, migrations: there } },
  });
});

test("a connection that does not send HTTP gets 400", async () => {
  const listening = await openTestApp(inject("databaseUrl"));
  try {
    const { hostname, port } = new URL(await listening.app.listen({ host: "127.0.0.1", port: 0 }));
    const socket = connect(Number(port), hostname);
    socket.end("INVITE sip:alice@old.example SIP/2.0\r\n\r\n");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/);
    expect(answer).toContain('"status":400');
  } finally {
    await listening.close();
  }
});
