import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Tests wait for a database more than they compute: no core is left for the rest of the machine.
    maxWorkers: Math.min(4, availableParallelism()),
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        test: {
          name: "integration",
          include: ["test/{integration,processes}/**/*.test.ts"],
          globalSetup: ["test/support/processes/global-setup.ts"],
          // Loading all of src and its packages takes longer than the tests of most files: a worker does it once.
          isolate: false,
          testTimeout: 20_000,
          // A whole service is opened in one, beside as many others as there are cores.
          hookTimeout: 60_000,
        },
      },
      {
        // Real processes, ports and clocks: one after the other.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
