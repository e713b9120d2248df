import { join } from "node:path";
import { inject } from "vitest";
import { copyFolder, makeFolder } from "./postgres.ts";
import { runSipbook, type Sipbook } from "./sipbook.ts";
import { findFreePort } from "./tcp.ts";

/** A complete sipbook, started as the docs say. */
export interface Served {
  readonly sipbook: Sipbook;
  readonly origin: string;
  /** Its working folder, which contains `data`. */
  readonly folder: string;
  readonly close: () => Promise<void>;
}

export async function startServed(): Promise<Served> {
  const folder = await makeFolder();
  await copyFolder(inject("dataFolder"), join(folder.path, "data"));
  const env = { DATA_DIR: join(folder.path, "data"), PORT: `${await findFreePort()}`, LOG_LEVEL: "warn" };
  const sipbook = runSipbook("serve", { env });
  const close = async () => {
    sipbook.child.kill("SIGTERM");
    await sipbook.ended;
    await folder.remove();
  };
  return { sipbook, origin: await sipbook.started(), folder: folder.path, close };
}
