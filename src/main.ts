import { buildApp } from "./app.ts";
import { buildOps } from "./ops-app.ts";
import { runCommand } from "./process/command.ts";
import { startWorker } from "./worker.ts";

process.exit(await runCommand(process.argv[2], process.env, { buildApp, startWorker, buildOps }));
