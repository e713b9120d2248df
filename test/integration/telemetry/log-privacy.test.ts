import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openLog } from "../../support/log.ts";
import { hmacHeaders } from "../../support/pbx/signing.ts";
import { createDatabase, runSql } from "../../support/processes/postgres.ts";
import { type Book, openService, receiptsOf, type Service, wait } from "../../support/service.ts";
import { at } from "../fold/calls.ts";
import { importFile, sendFile, undoImport } from "../imports/file.ts";

// Words that must never be in the log: each is personal or secret, and is sent below.
const personal = ["zaphod", "beeblebrox", "4930", "trillian", "betelgeuse", "192.0.2.77", "s3cr3t"];
const name = "Zaphod Beeblebrox";
const number = "tel:+4930123456";
const uri = "sip:zaphod@betelgeuse.example";
const target = "sip:trillian@betelgeuse.example";

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const { log, lines } = openLog("trace");
// It has its own database, which is made to refuse some rows with messages that quote them.
let database: Awaited<ReturnType<typeof createDatabase>>;
let service: Service;
let book: Book;
beforeAll(async () => {
  database = await createDatabase(inject("serverUrl"), inject("migrated"));
  service = await openService(database.url, log);
  book = await service.makeBook();
});
afterAll(async () => {
  await service.close();
  await database.drop();
});

const linesOf = (message: RegExp) => lines.filter(({ msg }) => typeof msg === "string" && message.test(msg));

const event = (fields: Readonly<Record<string, unknown>>) => ({
  id: `zaphod-${number}-${JSON.stringify(fields).length}`,
  requestUri: uri,
  status: 301,
  reason: `${name} moved`,
  occurredAt: at(1),
  contacts: [`"${name}" <${target}>`],
  reasonHeaders: [`SIP;cause=301;text="${name}"`],
  warnings: [`399 betelgeuse.example "${name}"`],
  diversion: [`<${number}>`],
  callId: "zaphod@192.0.2.77",
  cseq: 1,
  ...fields,
});

async function sendContacts(): Promise<void> {
  const addresses = [{ uri, label: name, assertedAt: at(0) }, { uri: number }];
  await book.post("/v1/contacts", { body: { name, externalId: "zaphod-1", addresses } });
  await book.post("/v1/contacts", { body: { name, addresses: [{ uri: `mailto:${uri}` }, { uri: 4930 }] } });
  const byName = "/v1/contacts/by-external-id/zaphod%40betelgeuse";
  await book.put(byName, { body: { name, addresses } });
  await book.put(byName, { body: { name: { zaphod: 1 } }, headers: { "if-match": '"zaphod"' } });
  for (const query of [`uri=${uri}`, "q=Zaphod", "externalId=zaphod-1", "cursor=zaphod", "limit=zaphod"])
    await book.get(`/v1/contacts?${query}`);
  for (const path of ["/v1/contacts/zaphod", "/v1/history?uri=sip:zaphod@x.example", "/v1/feed?after=zaphod"])
    await book.get(path);
}

async function sendEvents(): Promise<void> {
  await book.post("/v1/events", {
    body: [event({}), event({ status: 410, requestUri: number })],
    headers: wait,
  });
  await book.post("/v1/events", { body: [event({}), event({ status: "zaphod" }), { [name]: number }] });
  await book.post("/v1/events", { body: event({ source: "zaphod" }) });
  await book.post("/v1/events", { body: event({ id: event({}).id, status: 404 }) });
  for (const body of ['{"requestUri": "sip:zaphod@', `"${uri}"`, "zaphod", ""])
    await book.post("/v1/events", { body });
  const dialect = { id: "zaphod", code: 301, uri, call_id: "zaphod", cseq: 1, contact: [`<${target}>`] };
  for (const body of [dialect, { ...dialect, code: name }, `zaphod=${number}`])
    await book.post("/v1/webhooks/kamailio", { body });
  await book.post("/v1/webhooks/zaphod", { body: dialect });
}

async function sendStrangeRequests(): Promise<void> {
  await book.get("/zaphod/4930", { key: "s3cr3t-zaphod" });
  await book.get("/v1/contacts?book=zaphod", { key: "s3cr3t-zaphod" });
  await book.get(`/v1/contacts?book=${encodeURIComponent(name)}`);
  await service.app.inject({ url: "/v1/contacts/%E0%A4zaphod", headers: { "user-agent": name } });
  const headers = { "content-type": "text/zaphod", authorization: `Bearer ${book.key}` };
  await service.app.inject({ method: "POST", url: "/v1/events", headers, payload: name });
  const { hostname, port } = new URL(await service.app.listen({ host: "127.0.0.1", port: 0 }));
  const cut = connect(Number(port), hostname);
  cut.end(
    `POST /v1/events?zaphod HTTP/1.1\r\nHost: zaphod\r\nContent-Length: 4930\r\n\r\n{"name": "${name}"`,
  );
  const nonsense = connect(Number(port), hostname);
  nonsense.end(`INVITE ${uri} SIP/2.0\r\n\r\n`);
  await Promise.all([text(cut), text(nonsense)]);
}

const trigger = (table: string, when: string, condition: string) =>
  `create trigger refuse before ${when} on ${table} for each row when (${condition}) execute function refuse()`;

async function sendSubscriptions(): Promise<void> {
  const url = "https://192.0.2.77/zaphod?token=s3cr3t";
  for (const body of [
    { name, url },
    { name, url: "http://zaphod:s3cr3t@betelgeuse.example/" },
    { url: number },
  ])
    await book.post("/v1/subscriptions", { body });
  await book.get("/v1/subscriptions/zaphod");
}

/** Signed with the source's secret, with a wrong one, and with one that cannot be read any more. */
async function sendSigned(): Promise<void> {
  const [secret, body] = [
    "a s3cr3t of Zaphod Beeblebrox",
    JSON.stringify({ ...event({}), id: "zaphod-signed" }),
  ];
  const url = `/v1/webhooks/default?book=${book.name}&token=s3cr3t`;
  await book.post("/v1/sources/default/secrets", { body: { secret: number } });
  await book.post("/v1/sources/default/secrets", { body: { secret } });
  for (const key of [secret, "zaphod"])
    await book.post(url, { key: null, body, headers: hmacHeaders(key, body) });
  await service.db.sourceSecret.updateMany({ data: { sealed: Buffer.from(secret) } });
  await book.post(url, { key: null, body, headers: hmacHeaders(secret, body) });
}

/** Imports of valid files, invalid files and a file with a row that the database refuses, then exports. */
async function sendFiles(): Promise<void> {
  const head = "External Id,Name,URI";
  const done = await importFile(book, [head, `zaphod-7,${name},${uri}`, `,,${number}x`, ""].join("\n"));
  await undoImport(book, done.id);
  await book.get(`/v1/imports/${done.id}/rows?outcome=zaphod`);
  for (const [file, query] of [
    [`${name};"${uri}`, { delimiter: ";" }],
    [`{"${name}": "${number}"`, { format: "ndjson" }],
    [head, { mapping: `{"name":"${name}"}` }],
    [head, { region: "zaphod" }],
  ] as const)
    await sendFile(book, file, query, "format" in query ? "application/octet-stream" : "text/csv");
  for (const format of ["csv", "vcard", "jscontact", "ndjson", "zaphod"])
    await book.get(`/v1/exports/contacts?format=${format}&state=active`);
  await book.get(`/v1/resolve?uri=${uri}`);
  await book.post("/v1/resolve", { body: { uris: [uri, number, name] } });
}

/** Errors whose messages quote the data: in a request, and in the worker until the event has failed. */
async function meetFaults(): Promise<void> {
  const refuse = "language plpgsql as $$ begin raise exception 'refused: %', to_jsonb(new); end $$";
  await runSql(database.url, `create function refuse() returns trigger ${refuse}`);
  await runSql(database.url, trigger("contacts", "insert", "true"));
  await runSql(database.url, trigger("events", "update", "new.verdict = 'unmatched'"));
  const answer = await book.post("/v1/contacts", { body: { name, addresses: [{ uri }] } });
  expect(answer).toMatchObject({ status: 500 });
  const refused = await importFile(book, `Name,URI\n${name},sip:ford@betelgeuse.example\n`);
  expect(refused).toMatchObject({ state: "done", counts: { rejected: 1 } });
  await book.post("/v1/events", { body: event({ id: `zaphod-${number}-poison` }) });
  await expect.poll(() => linesOf(/^Event .* will be retried$/)).toHaveLength(1);
}

test("the log never contains a number, name, address, key or body, whatever is sent and whatever fails", async () => {
  await sendContacts();
  await sendEvents();
  await sendStrangeRequests();
  await sendSubscriptions();
  await sendSigned();
  await sendFiles();
  await meetFaults();
  expect(lines.length).toBeGreaterThan(40);
  expect(lines.filter(({ level }) => level === 50)).toHaveLength(3);
  const found = lines.filter((line) => {
    // The digits of a time or an id may happen to equal those of a number.
    const written = JSON.stringify({ ...line, time: 0 })
      .toLowerCase()
      .replaceAll(uuid, "");
    return [...personal, book.key.toLowerCase()].some((word) => written.includes(word));
  });
  expect(found).toEqual([]);
});

test("the log links a request to its events, and an event to the job that decided it", async () => {
  const own = await service.makeBook();
  await runSql(database.url, "drop trigger if exists refuse on events");
  lines.length = 0;
  const body = [event({ id: "1" }), event({ id: "2" }), event({ id: "1" })];
  const receipts = receiptsOf(await own.post("/v1/events", { body, headers: wait }));
  const [first, second] = receipts.events.map((each) => ("id" in each ? each.id : ""));
  const [taken, ...rest] = linesOf(/^Took \d/);
  expect(rest).toEqual([]);
  expect(taken).toMatchObject({ eventIds: [first, second], duplicateIds: [first], rejected: 0 });
  const answered = lines.find(({ route }) => route === "/v1/events");
  expect(answered).toMatchObject({ reqId: taken?.["reqId"], status: 200 });
  // Events of the other test may be decided at the same time.
  const decided = linesOf(/^Decided \d/).find((line) => JSON.stringify(line).includes(String(first)));
  expect(decided).toMatchObject({ changes: 0, bookId: expect.any(String) });
  expect(decided?.["eventIds"]).toEqual(expect.arrayContaining([first, second]));
});
