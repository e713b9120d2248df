import { startHep } from "../hep/service.ts";
import { startWorker } from "../work/worker.ts";
import { buildApp } from "./app.ts";
import { buildOps } from "./ops-app.ts";
import type { Parts } from "./serve.ts";

/** The parts of a sipbook. Tests of start and stop pass in smaller ones. */
export const parts: Parts = { buildApp, startWorker, buildOps, startHep };
