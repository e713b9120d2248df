import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/sequencer.ts";

// Loading all of src and its packages takes longer than the tests of most files: a worker does it once.
const isolate = false;
// Generous, for a busy machine. Tests wait for a state, and no test measures time by its limit.
const patience = { testTimeout: 120_000, hookTimeout: 120_000 };
const expect = { poll: { timeout: 60_000, interval: 50 } };

/** test/README.md says what each room is for. */
const rooms = [
  { name: "unit", isolate, testTimeout: 90_000 },
  { name: "integration", isolate, ...patience },
  { name: "processes", isolate, ...patience },
  { name: "e2e", isolate, ...patience },
  { name: "release", testTimeout: 120_000, hookTimeout: 300_000 },
];

export default defineConfig({
  test: {
    // Tests wait for a database or another process more than they compute: one worker more than there are cores.
    maxWorkers: Math.min(4, availableParallelism() + 1),
    // Of the whole run: what it makes, every room is given.
    globalSetup: ["test/support/processes/global-setup.ts"],
    sequence: { sequencer: LongestFirst },
    projects: rooms.map((room) => ({
      test: { expect, ...room, include: [`test/${room.name}/**/*.test.ts`] },
    })),
  },
});
