import { expect } from "vitest";
import { bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus, pageOf, receiptsOf, wait } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { waitFor } from "../../support/wait.ts";
import { A, answered, at, call, gone, moved } from "./calls.ts";

// Each of these was once slow, lost or refused.

const service = await sharedService();

const addSwitchboards = async (book: Book, count: number) => {
  for (let i = 0; i < count; i += 1) {
    const body = { name: `Extension ${i}`, addresses: [{ uri: A, assertedAt: at(0) }] };
    expectStatus(201, await book.post("/v1/contacts", { body }));
  }
};

test("a number of many contacts accepts many calls, and lists show 100 of the contacts", async ({ book }) => {
  await addSwitchboards(book, 150);
  const verdicts = await book.report(...Array.from({ length: 100 }, (_, i) => answered(A, i + 1)));
  expect(new Set(verdicts)).toEqual(new Set(["recorded/no-change"]));
  const { items } = bodyAs(pageOf("Event"), await book.get("/v1/events?limit=2"));
  expect(items.map(({ outcomes }) => outcomes.length)).toEqual([100, 100]);
  expect((await book.reportOne(answered(A, 200))).outcomes).toHaveLength(150);
});

test("an address keeps every held move, and the next valid move is still applied", async ({ book }) => {
  const { id } = await book.addContact(A);
  const held = Array.from({ length: 50 }, (_, i) => moved(A, "sip:held@10.0.0.1", i + 1));
  expect(new Set(await book.report(...held))).toEqual(new Set(["held/weaker-host"]));
  expect(await book.report(moved(A, "sip:b@new.example", 100))).toEqual(["applied/moved-permanently"]);
  expect(await book.report(moved(A, "sip:late@10.0.0.1", 60))).toEqual(["held/weaker-host"]);
  expect(await book.shown(id)).toEqual(["sip:b@new.example active"]);
});

test.for([
  ["a cause behind a row that is too long", [`SIP;cause=410;text="${"x".repeat(17_000)}"`, "Q.850;cause=23"]],
  ["a cause behind many rows", [...Array.from({ length: 300 }, () => "SIP;cause=410"), "Q.850;cause=23"]],
  ["a row that is too long to be read", [`Q.850;cause=22;text="${"x".repeat(17_000)}"`]],
] as const)("a 410 is vetoed by %s", async ([, reasonHeaders], { book }) => {
  await book.addContact(A);
  expect(await book.report(gone(A, 1, { reasonHeaders: [...reasonHeaders] }))).toEqual([
    "recorded/cause-veto",
  ]);
});

test("an answered branch vetoes the 410 of its call, even without a readable URI", async ({ book }) => {
  const { id } = await book.addContact(A);
  const body = { id: "1", code: 200, uri: "sip:v@v.example;x=1;x=2", call_id: "one", cseq: 1 };
  const answer = await book.post("/v1/webhooks/kamailio", { body, headers: wait });
  expect(receiptsOf(expectStatus(200, answer)).events[0]?.verdict).toMatchObject({ rule: "no-identity" });
  const other = { id: "2", code: 410, uri: A, call_id: "one", cseq: 1, ts: `${Date.parse(at(1)) / 1000}` };
  const vetoed = await book.post("/v1/webhooks/kamailio", { body: other, headers: wait });
  expect(receiptsOf(vetoed).events[0]?.verdict).toMatchObject({ rule: "answered-elsewhere" });
  expect(await book.shown(id)).toEqual([`${A} active`]);
});

test("a CRM that keeps our ids may repeat its copy after a merge", async ({ book }) => {
  const contact = await book.addContact(A, "sip:b@pbx.example");
  await book.report(moved(A, "sip:b@pbx.example", 1));
  const addresses = contact.addresses.map(({ id, uri }) => ({ id, uri }));
  const answer = await book.patch(`/v1/contacts/${contact.id}`, { body: { addresses } });
  expectStatus(200, answer);
  expect(await book.shown(contact.id)).toEqual(["sip:b@pbx.example active"]);
});

test("an empty body is accepted if no body is needed, whatever its Content-Type", async ({ book }) => {
  const { id } = await book.addContact(A);
  const headers = { "content-type": "application/json" };
  await book.report(moved(A, "sip:b@pbx.example", 1));
  const change = (await book.changes()).at(-1);
  expectStatus(201, await book.post(`/v1/history/${change?.id}/undo`, { headers, body: "" }));
  expectStatus(204, await book.delete(`/v1/contacts/${id}`, { headers, body: "" }));
  expectStatus(400, await book.post("/v1/contacts", { headers, body: "" }));
});

test("an event that waits for a lock is not counted as failed", async ({ book }) => {
  await book.addContact(A);
  const events = service.db.$transaction(
    async (tx) => {
      await tx.$queryRaw`select 1 from books where name = ${book.name} for no key update`;
      await book.post("/v1/events", { body: call(410, A, 1) });
      const seen = new Set<number>();
      await waitFor(async () => {
        const rows = await tx.$queryRaw<{ since: Date }[]>`
          select query_start as since from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))`;
        const waiting = rows.map(({ since }) => since.getTime());
        for (const since of waiting) seen.add(since);
        // One has given up.
        expect([...seen].filter((since) => !waiting.includes(since))).not.toEqual([]);
      });
    },
    { timeout: 60_000 },
  );
  await events;
  const { items } = bodyAs(pageOf("Event"), await book.get("/v1/events"));
  expect(items.map(({ attempts }) => attempts)).toEqual([0]);
});
