import { describe, expect } from "vitest";
import { listOf, shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { goneBody, ts } from "../dialects/kamailio-body.ts";
import { at } from "../fold/calls.ts";

const service = await sharedService();

const url = "/v1/webhooks/kamailio";
const list = "/v1/sources/kamailio/unparsed";
/** A Kamailio body in which only the name of the essential field is wrong. */
const misread = { ...goneBody, uri: undefined, ruri: goneBody.uri };

async function send(book: Book, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await book.post(url, { body, headers });
  const { links = {} } = bodyAs(shapes.Problem, answer);
  return { status: answer.status, link: links["unparsed"] ?? "" };
}

const listed = async (book: Book) => bodyAs(listOf("Unparsed"), await book.get(list)).items;

/** Makes the stored body readable, as if the dialect had been fixed. */
async function mend(link: string, body: object): Promise<void> {
  const id = link.split("/").at(-1) ?? "";
  await service.db.unparsed.update({ where: { id }, data: { body: JSON.stringify(body) } });
}

describe("a body that cannot be read", () => {
  test("is not kept if it was compressed, because it could not be replayed", async ({ book }) => {
    const answer = await send(book, "no JSON", { "content-encoding": "gzip" });
    expect(answer).toEqual({ status: 415, link: "" });
    expect(await listed(book)).toEqual([]);
  });

  test("is kept as received but without credentials, and the response links to it", async ({ book }) => {
    const headers = {
      "content-type": "application/vnd.pbx+json; charset=utf-8",
      "user-agent": "pbx/1",
      cookie: "session=hunter2",
      "x-signature": "sha256=hunter2",
    };
    const { status, link } = await send(book, misread, headers);
    expect(status).toBe(422);
    const kept = await book.get(link);
    expect(kept).toMatchObject({
      status: 200,
      body: {
        contentType: "application/vnd.pbx+json",
        times: 1,
        query: {},
        body: JSON.stringify(misread),
        problem: { status: 422, errors: [{ pointer: "/uri" }] },
      },
    });
    expect(bodyAs(shapes.Unparsed, kept).headers).toEqual({
      "content-type": headers["content-type"],
      "user-agent": "pbx/1",
    });
    const row = await service.db.unparsed.findFirstOrThrow({ where: { id: link.split("/").at(-1) ?? "" } });
    expect(JSON.stringify(row)).not.toMatch(/hunter2|sbk_/);
  });

  test("is kept once however often it arrives, and the latest is listed first", async ({ book }) => {
    const first = await send(book, misread);
    const other = await send(book, "no JSON");
    expect(other.status).toBe(400);
    expect((await send(book, misread)).link).toBe(first.link);
    const [latest, older] = await listed(book);
    expect(latest).toMatchObject({ times: 2, size: JSON.stringify(misread).length });
    expect(latest?.body).toBeUndefined();
    expect(older).toMatchObject({ times: 1, problem: { status: 400 } });
    const page = bodyAs(listOf("Unparsed"), await book.get(`${list}?limit=1`));
    const next = bodyAs(listOf("Unparsed"), await book.get(`${list}?limit=1&cursor=${page.next}`));
    expect([page, next].flatMap(({ items }) => items.map(({ id }) => id))).toEqual([latest?.id, older?.id]);
  });

  test.for(["\0", "?a=%00b&%ff=1", "\ud800", "é"])("may contain %j", async (text, { book }) => {
    const answer = await book.post(text.startsWith("?") ? url + text : url, { body: `{"code": "${text}` });
    expect(answer).toMatchObject({ status: 400, body: { links: { unparsed: expect.any(String) } } });
  });

  test("is deleted when its source has 1,000 newer ones", async ({ book }) => {
    const { link } = await send(book, misread);
    const { sourceId } = await service.db.unparsed.findFirstOrThrow({
      where: { id: link.split("/").at(-1) ?? "" },
    });
    await service.db.$executeRaw`
      insert into unparsed (id, source_id, hash, content_type, headers, query, body, problem, first_at, last_at)
      select gen_random_uuid(), ${sourceId}::uuid, n::text, '', '{}', '{}', '', '{}', now(), now() + n * interval '1 ms'
      from generate_series(1, 999) n`;
    await send(book, "one more");
    expect(await service.db.unparsed.count({ where: { sourceId } })).toBe(1000);
    expect(await book.get(link)).toMatchObject({ status: 404 });
  });

  test("can be deleted, and belongs to one source only", async ({ book }) => {
    const { link } = await send(book, misread);
    const elsewhere = link.replace("/kamailio/", "/default/");
    for (const path of [elsewhere, `${elsewhere}/replay`]) {
      const answer = path.endsWith("replay") ? await book.post(path) : await book.delete(path);
      expect(answer).toMatchObject({ status: 404 });
    }
    expectStatus(403, await book.delete(link, { key: await book.makeKey("read") }));
    expectStatus(204, await book.delete(link));
    expectStatus(404, await book.delete(link));
    expect(await listed(book)).toEqual([]);
  });
});

describe("a replay", () => {
  test("leaves a body that is still unreadable where it is", async ({ book }) => {
    const { link } = await send(book, misread);
    expect(await book.post(`${link}/replay`)).toMatchObject({
      status: 200,
      body: { kind: "unparsed", problem: { errors: [{ pointer: "/uri" }] }, receipts: null },
    });
    expect(await listed(book)).toHaveLength(1);
  });

  test("accepts a body that is readable now, once, with its original time of receipt", async ({ book }) => {
    const { link } = await send(book, misread);
    await mend(link, { ...goneBody, ts: undefined });
    const { firstAt } = bodyAs(shapes.Unparsed, await book.get(link));
    const replayed = bodyAs(shapes.UnparsedReplay, await book.post(`${link}/replay`));
    expect(replayed).toMatchObject({ kind: "events", receipts: { accepted: 1 } });
    expectStatus(404, await book.post(`${link}/replay`));
    const event = await book.get(`/v1/events/${replayed.receipts?.events[0]?.id}`);
    expect(event).toMatchObject({
      body: { occurredAt: firstAt, receivedAt: firstAt, clockAdjusted: false, requestUri: goneBody.uri },
    });
  });

  test("does not override a later edit by a person, whatever time the body names", async ({ book }) => {
    const { link } = await send(book, misread);
    const ahead = new Date(Date.now() + 3_600_000);
    await mend(link, { ...goneBody, ts: `${ahead.getTime() / 1000}` });
    const addresses = [{ uri: goneBody.uri }];
    const contact = await book.post("/v1/contacts", { body: { name: "Bob", addresses } });
    const { id } = bodyAs(shapes.Contact, contact);
    await book.post(`${link}/replay`);
    await expect
      .poll(async () => (await book.get("/v1/events")).body)
      .toMatchObject({
        items: [{ clockAdjusted: true, verdict: { code: "stale", rule: "before-assertion" } }],
      });
    expect(await book.shown(id)).toEqual([`${goneBody.uri} active`]);
  });

  test("of all bodies takes them in the order of receipt and reports each outcome", async ({ book }) => {
    const links: string[] = [];
    for (const n of [1, 2, 3]) links.push((await send(book, { ...misread, n })).link);
    await mend(links[0] ?? "", { ...goneBody, id: "first", ts: ts(1) });
    await mend(links[2] ?? "", { ...goneBody, id: "third", ts: ts(2) });
    expect(await book.post(`${list}/replay`)).toMatchObject({
      status: 200,
      body: { events: 2, ignored: 0, unparsed: 1, accepted: 2, duplicates: 0, rejected: 0, next: null },
    });
    expect((await listed(book)).map(({ id }) => links[1]?.endsWith(id))).toEqual([true]);
    expect(await book.get("/v1/events")).toMatchObject({
      body: { items: [{ occurredAt: at(2) }, { occurredAt: at(1) }] },
    });
  });

  test("of a paused source is refused until the source continues", async ({ book }) => {
    const { link } = await send(book, misread);
    await book.patch("/v1/sources/kamailio", { body: { paused: true } });
    for (const path of [`${link}/replay`, `${list}/replay`]) {
      expect(await book.post(path)).toMatchObject({ status: 503, headers: { "retry-after": "60" } });
    }
  });
});
