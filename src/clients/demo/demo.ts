import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readConfig } from "../../config/config.ts";
import { reasonOf } from "../../faults/reason-of.ts";
import { startHep } from "../../hep/service.ts";
import { buildApp } from "../../process/app.ts";
import { buildOps } from "../../process/ops-app.ts";
import { start } from "../../process/serve.ts";
import { noTracing } from "../../telemetry/tracing.ts";
import { startWorker } from "../../work/worker.ts";
import { heading, paragraph } from "../print.ts";
import { openRest } from "../rest.ts";
import { tell } from "./tell.ts";

const say = (text: string) => void process.stdout.write(text);

/** Runs the whole service on a database that exists for this run only, and plays the story against its API. */
async function runDemo(signal: AbortSignal): Promise<void> {
  say("sipbook: an address book that calls keep true\n\n");
  say(paragraph("A call that ends in 301 Moved Permanently rewrites the address, one that ends in 410 Gone"));
  say(paragraph("removes it. All of it is on record, can be explained, and can be undone.\n"));
  say(paragraph("Starting a sipbook for this demo, with a PostgreSQL of its own: some seconds ..."));
  const folder = await mkdtemp(join(tmpdir(), "sipbook-demo-"));
  try {
    await runService(folder, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  say(paragraph("Everything is stopped, and the temporary folder is removed."));
}

async function runService(folder: string, signal: AbortSignal): Promise<void> {
  const adminKey = randomUUID();
  const config = readConfig({
    PORT: "0",
    DATA_DIR: folder,
    SIPBOOK_ADMIN_KEY: adminKey,
    LOG_LEVEL: "silent",
  });
  const log = pino({ level: config.logLevel });
  // It cannot be broken off while it opens things one by one, so a signal counts when it is done.
  const running = await start(
    "serve",
    config,
    { log, tracing: noTracing },
    { buildApp, startWorker, buildOps, startHep },
  );
  try {
    signal.throwIfAborted();
    say(
      paragraph(`It listens on ${running.address}, and its book is empty. Five contacts come in over REST.`),
    );
    const api = openRest(running.address ?? "", adminKey, signal, { prefer: "wait=10" });
    await tell(api, say);
    say(heading("WHERE TO GO FROM HERE"));
    say(paragraph("npm start              a sipbook that stays, with its data in ./data"));
    say(paragraph("docs/pbx/kamailio.md   make your Kamailio report to it"));
    say(paragraph("docs/rules.md          every verdict, and what would have led to another"));
    say(paragraph("/docs                  the REST API, served by sipbook itself"));
    say("\n");
  } finally {
    await running.stop();
  }
}

/** Aborts on the first signal; stopping has limits of its own, so further ones change nothing. */
function listenForStop(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => controller.abort());
  // Who reads may have enough, as `head` does.
  process.stdout.on("error", () => controller.abort());
  return controller.signal;
}

async function main(): Promise<number> {
  const signal = listenForStop();
  try {
    await runDemo(signal);
    return 0;
  } catch (error) {
    const text = signal.aborted ? "\nStopped, and cleaned up.\n" : `The demo failed: ${reasonOf(error)}\n`;
    process.stderr.write(text);
    return signal.aborted ? 130 : 1;
  }
}

// What the migrations leave to wait for, some seconds long, is nothing to wait for.
process.exit(await main());
