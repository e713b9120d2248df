import { startHep } from "../hep/service.ts";
import { startWorker } from "../work/worker.ts";
import { buildApp } from "./app.ts";
import { buildOps } from "./ops-app.ts";
import type { Parts } from "./serve.ts";

/** What a sipbook is made of. Tests of start and stop make one of smaller parts. */
export const parts: Parts = { buildApp, startWorker, buildOps, startHep };
