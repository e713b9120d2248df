import { expect, test } from "vitest";
import { buildGate } from "../../../src/feed/gate.ts";

test("a gate lets two through at a time, in order, even after a failure", async () => {
  const gate = buildGate(2);
  const started: number[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const runs = [0, 1, 2, 3].map((n) =>
    gate(async () => {
      started.push(n);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      await end.promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  ends[1]?.reject(new Error("failed"));
  await expect(runs[1]).rejects.toThrow("failed");
  expect(started).toEqual([0, 1, 2]);
  ends[0]?.resolve();
  await runs[0];
  expect(started).toEqual([0, 1, 2, 3]);
  ends[2]?.resolve();
  ends[3]?.resolve();
  await Promise.all([runs[2], runs[3]]);
  expect(await gate(async () => "free again")).toBe("free again");
});
