import { startEvents } from "./events.ts";
import { startImports } from "./imports.ts";
import { startWebhooks } from "./webhooks.ts";
import type { Work, WorkDeps } from "./work.ts";

/** All work of a worker process. Each kind has its own queue, so that none waits for another. */
const kinds: readonly ((deps: WorkDeps) => Promise<Work>)[] = [startEvents, startImports, startWebhooks];

export async function startWorker(deps: WorkDeps): Promise<Work> {
  const started: Work[] = [];
  const close = async () => void (await Promise.all(started.map((work) => work.close())));
  try {
    for (const start of kinds) started.push(await start(deps));
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
