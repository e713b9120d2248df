import { expect } from "vitest";
import { shapes } from "../../../src/wire/shapes.ts";
import { bodyAs } from "../../support/pages/contract.ts";
import type { Book } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { goneBody } from "../dialects/kamailio-body.ts";
import { A, answered, B, call, gone, moved } from "../fold/calls.ts";

const service = await sharedService();

async function activityOf(book: Book, source: string) {
  const { activity } = bodyAs(shapes.Source, await book.get(`/v1/sources/${source}`));
  if (activity === undefined) throw new Error("A source by itself has its activity");
  return activity;
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

test("a source that sent nothing has no activity", async ({ book }) => {
  expect(await activityOf(book, "kamailio")).toMatchObject({
    lastReceivedAt: null,
    lastEvent: null,
    lastDay: { applied: 0, pending: 0 },
    isCapped: false,
    ignored: [],
    rejected: [],
    unparsed: 0,
    clock: null,
    silence: null,
  });
});

test("the activity shows the last event and the verdicts of the last hour and day", async ({ book }) => {
  await book.addContact(A);
  await book.report(
    { ...moved(A, B, 0), occurredAt: ago(7200) },
    { ...gone(A, 0), occurredAt: ago(90_000) },
    { ...answered("sip:nobody@pbx.example", 0), occurredAt: ago(60) },
    { ...call(486, B, 0), occurredAt: ago(30) },
  );
  const activity = await activityOf(book, "default");
  expect(activity).toMatchObject({
    lastEvent: { status: 486, requestUri: B, verdict: "recorded", rule: "status-without-effect" },
    lastHour: { applied: 0, recorded: 1, unmatched: 1, stale: 0 },
    lastDay: { applied: 1, recorded: 1, unmatched: 1, stale: 0 },
  });
  expect(activity.lastReceivedAt).toBe(activity.lastEvent?.receivedAt);
  expect((await book.get("/v1/sources")).body).not.toMatchObject({ items: [{ activity: {} }] });
});

test("rejected input is counted by its reason, whatever its place in a list", async ({ book }) => {
  const send = (body: unknown) => book.post("/v1/webhooks/kamailio", { body });
  await send("no JSON");
  await send({ ...goneBody, contact: ["<sip:a@b.example>", 7] });
  await send({ ...goneBody, contact: [8] });
  const activity = await activityOf(book, "kamailio");
  expect(activity.rejected.map(({ reason, times }) => `${times} ${reason}`).toSorted()).toEqual([
    "1 malformed-json",
    "2 invalid-input: /contact/* must be string, or null",
  ]);
  expect(activity).toMatchObject({ lastEvent: null, unparsed: 3, silence: { usualSeconds: null } });
  expect(activity.lastReceivedAt).not.toBeNull();
});

test("events that a source's key sends to /v1/events count for that source", async ({ book }) => {
  const key = await book.makeKey("ingest", "default");
  const body = [gone(A, 1), { id: "1", status: 410 }];
  await book.post("/v1/events", { key, body });
  const { rejected } = await activityOf(book, "default");
  expect(rejected).toMatchObject([{ reason: "invalid-input: /*/requestUri is required", times: 1 }]);
});

test("the clock skew is measured on events with their own time", async ({ book }) => {
  const { occurredAt: _, ...timeless } = gone(A, 1);
  await book.report(timeless);
  expect((await activityOf(book, "default")).clock).toBeNull();
  await book.report({ ...gone(A, 1), occurredAt: ago(-120) });
  const { clock } = await activityOf(book, "default");
  expect(clock).toMatchObject({ behindAtMostSeconds: null, measuredOn: 1, setBack: 0 });
  expect(clock?.aheadAtLeastSeconds).toBeGreaterThan(60);
});

test("a source that is silent for longer than usual is marked as silent", async ({ book }) => {
  const events = Array.from({ length: 12 }, (_, i) => gone(A, i * 4));
  await book.report(...events);
  const source = { book: { name: book.name } };
  await service.db.event.updateMany({
    where: source,
    data: { receivedAt: new Date(Date.now() - 26 * 3_600_000) },
  });
  await service.db.sourceTally.deleteMany({ where: { source } });
  expect((await activityOf(book, "default")).silence).toMatchObject({
    usualSeconds: 240,
    isUnusual: true,
    text: "nothing for 26 h, usually every 4 min",
  });
});
