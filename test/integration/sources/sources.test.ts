import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { makeBook } from "../../support/book.ts";
import { type Client, openClient } from "../../support/pages/contract.ts";
import { sharedApp } from "../../support/shared.ts";
import { goneBody } from "../dialects/kamailio-body.ts";
import { A, gone } from "../fold/calls.ts";

const server = await sharedApp();

async function openBook(): Promise<Client> {
  return openClient(server.app, (await makeBook(server.db)).key);
}

describe("a paused source", () => {
  test("refuses events with the reason, then continues where it was", async () => {
    const book = await openBook();
    const paused = await book.patch("/v1/sources/kamailio", { body: { paused: true } });
    expect(paused).toMatchObject({ status: 200, body: { pausedAt: expect.any(String) } });
    expect(await book.post("/v1/webhooks/kamailio", { body: goneBody })).toMatchObject({
      status: 503,
      headers: { "retry-after": "60" },
      body: { type: "urn:sipbook:problem:source-paused" },
    });
    expect(await book.get("/v1/events")).toMatchObject({ body: { items: [] } });
    expect(await book.patch("/v1/sources/kamailio", { body: { paused: false } })).toMatchObject({
      body: { pausedAt: null },
    });
    expect(await book.post("/v1/webhooks/kamailio", { body: goneBody })).toMatchObject({ status: 202 });
  });

  test("keeps the time when it was first paused, whatever else changes", async () => {
    const book = await openBook();
    const { body } = await book.patch("/v1/sources/kamailio", { body: { paused: true } });
    for (const change of [{ paused: true }, { mode: "immediate" }, {}]) {
      expect(await book.patch("/v1/sources/kamailio", { body: change })).toMatchObject({ body });
    }
  });

  test("rejects a whole array that names it, so that the array can be resent", async () => {
    const book = await openBook();
    await book.post("/v1/sources", { body: { name: "trunk-1", paused: true } });
    const events = [gone(A, 1), gone(A, 2, { source: "trunk-1" })];
    expect(await book.post("/v1/events", { body: events })).toMatchObject({
      status: 503,
      headers: { "retry-after": "60" },
    });
    expect(await book.get("/v1/events")).toMatchObject({ body: { items: [] } });
    expect(await book.post("/v1/events", { body: events[0] })).toMatchObject({ status: 202 });
    expect(await book.post("/v1/events", { body: events[1] })).toMatchObject({ status: 503 });
  });
});

// a source of the dialect … with these settings is refused at …
const refused: [string, object, string][] = [
  ["kamailio", { mapping: { requestUri: "uri", status: "code" } }, "/mapping"],
  ["kamailio", { Mode: "observe" }, "/Mode"],
  ["kamailio", { pause: true }, "/pause"],
  ["generic", { mapping: [] }, "/mapping"],
  ["generic", { mapping: { status: "code" } }, "/mapping/requestUri"],
  ["generic", { mapping: { requestUri: "uri" } }, "/mapping/status"],
  ["generic", { mapping: { requestUri: "uri", status: "code", statuz: "code" } }, "/mapping/statuz"],
  ["generic", { mapping: { requestUri: "uri", status: 410 } }, "/mapping/status"],
  [
    "generic",
    { mapping: { requestUri: "uri", status: "code", codes: { gone: 4100 } } },
    "/mapping/codes/gone",
  ],
  ["generic", { mapping: { requestUri: "uri", status: "code", clock: "iso" } }, "/mapping/clock"],
  [
    "generic",
    { mapping: { requestUri: "uri", status: "code", when: [{ field: "x" }] } },
    "/mapping/when/0/in",
  ],
  ["kamailio", { mode: "balanced" }, "/mode"],
  ["kamailio", { paused: "yes" }, "/paused"],
  ["kamailio", { trustedPath: null }, "/trustedPath"],
];
test.for(refused)("a source of the dialect %s with %j is refused", async ([dialect, settings, pointer]) => {
  const book = await openBook();
  const refusal = { status: 422, body: { errors: [{ pointer }] } };
  const made = await book.post("/v1/sources", { body: { name: "trunk-1", dialect, ...settings } });
  expect(made).toMatchObject(refusal);
  expect(await book.patch(`/v1/sources/${dialect}`, { body: settings })).toMatchObject(refusal);
});

test("a source without authentication acts only if an operator trusts the path", async () => {
  const { id: bookId, key } = await makeBook(server.db);
  const book = openClient(server.app, key);
  await server.db.source.deleteMany({ where: { bookId, dialect: "hep" } });
  const data = { id: randomUUID(), bookId, name: "mirror", dialect: "hep", mode: "observe" } as const;
  await server.db.source.create({ data });
  const change = (body: object) => book.patch("/v1/sources/mirror", { body });
  expect(await change({ mode: "immediate" })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/mode" }] },
  });
  expect(await change({ mode: "immediate", trustedPath: true })).toMatchObject({
    status: 200,
    body: { mode: "immediate", trustedPath: true },
  });
  expect(await change({ trustedPath: false })).toMatchObject({ status: 422 });
  expect(await change({ trustedPath: false, mode: "observe" })).toMatchObject({ status: 200 });
});

test("one of two simultaneous contradictory changes is refused", async () => {
  const { key } = await makeBook(server.db);
  const book = openClient(server.app, key);
  const change = (body: object) => book.patch("/v1/sources/hep", { body });
  for (let i = 0; i < 20; i += 1) {
    expect(await change({ mode: "observe", trustedPath: true })).toMatchObject({ status: 200 });
    const answers = await Promise.all([change({ mode: "immediate" }), change({ trustedPath: false })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422]);
  }
});

test("a source keeps its dialect", async () => {
  const { key } = await makeBook(server.db);
  const answer = await openClient(server.app, key).patch("/v1/sources/kamailio", {
    body: { dialect: "generic" },
  });
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: "/dialect" }] } });
});
