import { Client } from "pg";
import { describe, expect, inject } from "vitest";
import { feedChannel } from "../../../src/store/feed/signal.ts";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus, wait } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { goneBody, movedBody, target, ts } from "../dialects/kamailio-body.ts";
import { A, answered, B, gone, moved } from "../fold/calls.ts";

const service = await sharedService();

async function tryOut(book: Book, source: string, body: unknown) {
  const answer = await book.post(`/v1/sources/${source}/test`, { body });
  return bodyAs(shapes.SourceTest, expectStatus(200, answer));
}

/** All rows of a book. */
async function contentsOf({ name }: Book): Promise<unknown> {
  const { id: bookId, lastSequence } = await service.db.book.findUniqueOrThrow({ where: { name } });
  const where = { bookId };
  const ofSource = { source: { bookId } };
  return {
    lastSequence,
    events: await service.db.event.findMany({ where, orderBy: { id: "asc" } }),
    addresses: await service.db.address.findMany({ where, orderBy: { id: "asc" } }),
    contacts: await service.db.contact.findMany({ where, orderBy: { id: "asc" } }),
    keys: await service.db.addressKey.findMany({ where, orderBy: [{ key: "asc" }, { addressId: "asc" }] }),
    lineage: await service.db.lineage.findMany({ where, orderBy: [{ addressId: "asc" }, { step: "asc" }] }),
    history: await service.db.change.findMany({ where, orderBy: { sequence: "asc" } }),
    unparsed: await service.db.unparsed.count({ where: ofSource }),
    tallies: await service.db.sourceTally.count({ where: ofSource }),
  };
}

describe("a dry run of a request", () => {
  test("predicts what the request then does", async ({ book }) => {
    const contact = await book.addContact(movedBody.uri);
    const body = { ...movedBody, ts: ts(1) };
    const tried = await tryOut(book, "kamailio", body);
    expect(tried).toMatchObject({
      kind: "events",
      events: [
        {
          event: {
            requestUri: movedBody.uri,
            status: 301,
            sourceEventId: movedBody.id,
            clockAdjusted: false,
          },
          isDuplicate: false,
          judgement: { standing: "acts", rule: null, summary: `It rewrites the address to ${target}.` },
          verdict: { code: "applied", rule: "moved-permanently", explanation: expect.any(Array) },
          outcomes: [{ contactId: contact.id, addressId: contact.addresses[0]?.id, code: "applied" }],
          changes: [{ kind: "rewritten", before: { uri: movedBody.uri }, after: { uri: target } }],
        },
      ],
    });
    const real = await book.post("/v1/webhooks/kamailio", { body, headers: wait });
    expect(real.body).toMatchObject({ events: [{ verdict: tried.events[0]?.verdict }] });
    const { changes } = tried.events[0] ?? {};
    expect(await book.changes()).toMatchObject([{ kind: "asserted" }, ...(changes ?? [])]);
  });

  test("leaves nothing behind: no row, no sequence number, no notification", async ({ book }) => {
    await book.addContact(A, B);
    const forked = gone(A, 2, { callId: "forked" });
    await book.report(moved(B, "sip:b@new.example", 1), forked);
    const before = await contentsOf(book);
    const listener = new Client({ connectionString: inject("databaseUrl") });
    await listener.connect();
    try {
      const { id } = await service.db.book.findUniqueOrThrow({ where: { name: book.name } });
      const heard: string[] = [];
      listener.on("notification", ({ payload = "" }) => heard.push(payload));
      await listener.query(`LISTEN ${feedChannel}`);
      const tried = await tryOut(book, "default", [
        gone("sip:b@new.example", 3),
        // The call whose 410 was applied is answered, so the 410 would be taken back.
        answered("sip:else@pbx.example", 2, { callId: "forked" }),
        { id: "broken" },
      ]);
      expect(
        tried.events.map(({ verdict, changes, problem }) => [verdict?.code, changes.length, problem]),
      ).toEqual([
        ["applied", 1, null],
        ["unmatched", 1, null],
        [undefined, 0, expect.objectContaining({ status: 422 })],
      ]);
      await listener.query("SELECT 1");
      expect(heard.filter((payload) => payload === id)).toEqual([]);
    } finally {
      await listener.end();
    }
    expect(await contentsOf(book)).toEqual(before);
  });

  test("recognises a duplicate and shows its verdict", async ({ book }) => {
    await book.post("/v1/webhooks/kamailio", { body: goneBody, headers: wait });
    const { events } = bodyAs(shapes.Receipts, await book.post("/v1/webhooks/kamailio", { body: goneBody }));
    for (const body of [goneBody, { ...goneBody, code: 486 }]) {
      expect(await tryOut(book, "kamailio", body)).toMatchObject({
        events: [
          { isDuplicate: true, duplicateOf: events[0]?.id, verdict: { code: "unmatched" }, changes: [] },
        ],
      });
    }
  });

  test("says which rule would stop the request, and why", async ({ book }) => {
    await book.patch("/v1/sources/kamailio", { body: { mode: "observe", paused: true } });
    expect(await tryOut(book, "kamailio", goneBody)).toMatchObject({
      events: [
        {
          judgement: {
            standing: "recorded",
            rule: "observe-mode",
            summary: expect.stringMatching(/observe/),
          },
          verdict: { code: "recorded", rule: "observe-mode" },
        },
      ],
    });
  });

  test("returns the error that the PBX would get, and stores nothing", async ({ book }) => {
    const before = await contentsOf(book);
    expect(await tryOut(book, "kamailio", { ...goneBody, uri: undefined })).toMatchObject({
      kind: "unparsed",
      problem: { status: 422, errors: [{ pointer: "/uri" }] },
      events: [],
    });
    expect(await tryOut(book, "kamailio", "no JSON")).toMatchObject({
      kind: "unparsed",
      problem: { type: "urn:sipbook:problem:malformed-json" },
    });
    await service.app.inject({
      url: "/v1/sources/kamailio",
      headers: { authorization: `Bearer ${book.key}` },
    });
    expect(await contentsOf(book)).toEqual(before);
  });

  test("is limited to a few events of a known source and needs the scope write", async ({ book }) => {
    const many = Array.from({ length: 101 }, (_, i) => gone(A, i));
    expectStatus(422, await book.post("/v1/sources/default/test", { body: many }));
    expectStatus(404, await book.post("/v1/sources/nowhere/test", { body: goneBody }));
    const key = await book.makeKey("read");
    expectStatus(403, await book.post("/v1/sources/default/test", { key, body: goneBody }));
  });
});
