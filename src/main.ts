import { buildApp } from "./app.ts";
import { runImportCommand } from "./cli/command.ts";
import { buildOps } from "./ops-app.ts";
import { runCommand } from "./process/command.ts";
import { startWorker } from "./worker.ts";

const [command, ...args] = process.argv.slice(2);

process.exit(
  command === "import"
    ? await runImportCommand(args, process.env)
    : await runCommand(command, process.env, { buildApp, startWorker, buildOps }),
);
