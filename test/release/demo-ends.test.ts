import { expect, test } from "vitest";
import { expectNothingLeft, runDemo, waitForOutput } from "../e2e/demos.ts";

test("Ctrl-C in the middle of the story ends it, and nothing is left", async () => {
  const demo = await runDemo();
  await waitForOutput(demo, "THE BOOK BEFORE");
  demo.interrupt();
  expect(await demo.ended).toBe(130);
  expect(demo.errors()).toBe("\nStopped and cleaned up.\n");
  await expectNothingLeft(demo);
});

test("a reader that closes the pipe during the start ends it, and nothing is left", async () => {
  const demo = await runDemo();
  await waitForOutput(demo, "Starting");
  demo.child.stdout?.destroy();
  expect(await demo.ended).toBe(130);
  await expectNothingLeft(demo);
});
