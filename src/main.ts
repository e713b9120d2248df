import { runCheck } from "./clients/check/run.ts";
import { runClient } from "./clients/client.ts";
import { runImport } from "./clients/import/import.ts";
import { startHep } from "./hep/service.ts";
import { buildApp } from "./process/app.ts";
import { runCommand } from "./process/command.ts";
import { buildOps } from "./process/ops-app.ts";
import { startWorker } from "./work/worker.ts";

const [command, ...args] = process.argv.slice(2);

const commands = {
  import: () => runClient(process.env, (deps) => runImport(args, deps)),
  "check-pbx": () => runClient(process.env, (deps) => runCheck(args, deps)),
};

const isClient = (name = ""): name is keyof typeof commands => Object.hasOwn(commands, name);

process.exit(
  isClient(command)
    ? await commands[command]()
    : await runCommand(command, process.env, { buildApp, startWorker, buildOps, startHep }),
);
