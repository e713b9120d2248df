import { expect, test } from "vitest";
import { expectNothingLeft, runDemo } from "./demos.ts";

test("the demo plays its story and leaves nothing behind", async () => {
  const demo = await runDemo();
  expect([await demo.ended, demo.errors()]).toEqual([0, ""]);
  const lines = demo.output().split("\n");
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
  // a verdict each, in order; then what a later report made of it
  expect(lines.flatMap((line) => /^ +=> (.*)$/.exec(line)?.[1] ?? []).slice(0, 11)).toEqual([
    "applied (moved-permanently)",
    "duplicate of 1: it counts once",
    "applied (gone)",
    "recorded (cause-veto)",
    "held (device-contact)",
    "applied (gone)",
    "unmatched (no-address)",
    "and 6, which was applied (gone), is now recorded (answered-elsewhere)",
    "unmatched (no-address)",
    "applied (moved-permanently)",
    "and 8, which was unmatched (no-address), is now applied (moved-permanently)",
  ]);
  expect(demo.output()).toMatch(/=> change \d+: restored, sip:bob@parc\.example active, undo by /);
  const after = demo.output().slice(demo.output().indexOf("THE BOOK AFTER"));
  expect(after).toMatch(/Ada Lovelace +sip:ada@oslo\.example +active +was sip:ada@london\.example\n/);
  for (const uri of ["bob@parc", "clara@gateway", "dmitri@office", "emma@desk"])
    expect(after).toMatch(new RegExp(`sip:${uri}\\.example +active\n`));
  await expectNothingLeft(demo);
});
