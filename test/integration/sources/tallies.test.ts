import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openTallies } from "../../../src/receive/intake/tallies.ts";
import { type Database, openDatabase } from "../../../src/store/client.ts";
import { makeBook } from "../../support/book.ts";
import { openTestDatabase, silent } from "../../support/processes/postgres.ts";

let db: Database;
beforeAll(() => {
  db = openTestDatabase(inject("databaseUrl"));
});
afterAll(() => db.close());

const read = async (sourceId: string) =>
  (await db.sourceTally.findMany({ where: { sourceId }, orderBy: { reason: "asc" } })).map(
    ({ kind, reason, times }) => `${kind} ${times} ${reason}`,
  );

test("the counts of two processes add up, and the rest is written at the end", async () => {
  const { sourceId } = await makeBook(db);
  const [one, other] = [openTallies({ db, log: silent }), openTallies({ db, log: silent })];
  one.count(sourceId, "ignored", "an A leg");
  one.count(sourceId, "ignored", "an A leg");
  other.count(sourceId, "ignored", "an A leg");
  other.count(sourceId, "rejected", "an A leg");
  await Promise.all([one.flush(), other.flush()]);
  one.count(sourceId, "ignored", "it rings");
  await Promise.all([one.close(), other.close()]);
  const expected = ["ignored 1 it rings", "ignored 3 an A leg", "rejected 1 an A leg"];
  expect((await read(sourceId)).toSorted()).toEqual(expected);
});

test("the number of reasons is limited in memory and in the database, and further reasons count as one", async () => {
  const { sourceId } = await makeBook(db);
  const tallies = openTallies({ db, log: silent });
  for (let reason = 0; reason < 300; reason += 1) {
    tallies.count(sourceId, "ignored", `reason ${reason}`);
    if (reason % 60 === 59) await tallies.flush();
  }
  tallies.count(sourceId, "ignored", "reason 1");
  await tallies.close();
  const kept = await read(sourceId);
  expect(kept.length).toBeLessThanOrEqual(151);
  expect(kept).toContain("ignored 2 reason 1");
  const times = kept.map((line) => Number(line.split(" ")[1]));
  expect(times.reduce((sum, each) => sum + each, 0)).toBe(301);
});

test("counts that cannot be written are kept and written later", async () => {
  const { sourceId } = await makeBook(db);
  const impatient = openDatabase(inject("databaseUrl"), { poolSize: 1, statementTimeoutMs: 2_000 });
  const tallies = openTallies({ db: impatient, log: silent });
  const at = new Date();
  const row = { sourceId, kind: "ignored", reason: "it rings", times: 5, lastAt: at };
  await db.$transaction(async (tx) => {
    await tx.sourceTally.create({ data: row });
    tallies.count(sourceId, "ignored", "it rings");
    await tallies.flush();
    tallies.count(sourceId, "ignored", "it rings");
  });
  await tallies.close();
  await impatient.close();
  expect(await read(sourceId)).toEqual(["ignored 7 it rings"]);
});
