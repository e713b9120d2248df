import { enableCompileCache } from "node:module";
import { join } from "node:path";
import type { ClientDeps } from "./clients/client.ts";

// The next start finds compiled code. If the folder is not writable, Node starts without the cache.
enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/compiled"));

const [command, ...args] = process.argv.slice(2);

/** Each command loads only its own code. */
const clients = {
  import: async () => {
    const { runImport } = await import("./clients/import/import.ts");
    return runAsClient((deps) => runImport(args, deps));
  },
  "check-pbx": async () => {
    const { runCheck } = await import("./clients/check/run.ts");
    return runAsClient((deps) => runCheck(args, deps));
  },
  seed: async () => {
    const { runSeed } = await import("./clients/seed/seed.ts");
    return runAsClient((deps) => runSeed(args, deps));
  },
  demo: async () => (await import("./clients/demo/demo.ts")).runDemoCommand(),
};

async function runAsClient(run: (deps: ClientDeps) => Promise<number>): Promise<number> {
  const { runClient } = await import("./clients/client.ts");
  return runClient(process.env, run);
}

async function runService(): Promise<number> {
  const { runCommand } = await import("./process/command.ts");
  return runCommand(command, process.env);
}

const isClient = (name = ""): name is keyof typeof clients => Object.hasOwn(clients, name);

process.exit(await (isClient(command) ? clients[command]() : runService()));
