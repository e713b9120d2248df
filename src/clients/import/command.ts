import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Environment, readClientConfig } from "../../config/config.ts";
import { StartError } from "../../faults/start-error.ts";
import type { ClientDeps } from "./client.ts";
import { runImport } from "./import.ts";

/** `sipbook import` in this process. Resolves to the exit code. */
export function runImportCommand(args: readonly string[], env: Environment): Promise<number> {
  return runClient(env, (deps) => {
    const out = { isTerminal: process.stdout.isTTY, columns: process.stdout.columns ?? 80, write: deps.say };
    return runImport(args, { out, ...deps });
  });
}

/** A client in this process: its terminal, its Ctrl-C, its environment. Resolves to the exit code. */
export async function runClient(
  env: Environment,
  run: (deps: ClientDeps) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => stop.abort());
  try {
    const { key, dataDir } = readClientConfig(env);
    return await run({
      say: (text) => void process.stdout.write(text),
      tell: (text) => void process.stderr.write(text),
      findKey: async () => key ?? (await readAdminKey(dataDir)),
      signal: stop.signal,
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`sipbook: ${error.message}\n`);
    return 1;
  }
}

async function readAdminKey(dataDir: string): Promise<string | null> {
  const text = await readFile(join(dataDir, "admin.key"), "utf8").catch(() => "");
  return text.trim() || null;
}
