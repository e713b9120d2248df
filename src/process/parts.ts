import type { Parts } from "./serve.ts";

/** What a sipbook is made of. A process loads only the parts of its role. */
export const parts: Parts = {
  buildApp: async (deps) => (await import("./app.ts")).buildApp(deps),
  startWorker: async (deps) => (await import("../work/worker.ts")).startWorker(deps),
  buildOps: async (deps) => (await import("./ops-app.ts")).buildOps(deps),
  startHep: async (deps) => (await import("../hep/service.ts")).startHep(deps),
};
