import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { readConfig } from "../../config/config.ts";
import { reasonOf } from "../../faults/reason-of.ts";
import { start } from "../../process/serve.ts";
import { noTracing } from "../../telemetry/tracing.ts";
import { heading, paragraph } from "../print.ts";
import { openRest } from "../rest.ts";
import { playStory } from "./play-story.ts";

const print = (text: string) => void process.stdout.write(text);

/** Runs the whole service on a temporary database, and plays the story against its API. */
async function runDemo(signal: AbortSignal): Promise<void> {
  print("sipbook: an address book that calls keep true\n\n");
  print(paragraph("A call that ends with 301 Moved Permanently rewrites the address; 410 Gone"));
  print(paragraph("removes it. Every change is recorded, explained, and can be undone.\n"));
  print(paragraph("Starting a sipbook with its own PostgreSQL for this demo; this takes some seconds ..."));
  const folder = await mkdtemp(join(tmpdir(), "sipbook-demo-"));
  try {
    await runService(folder, signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  print(paragraph("Everything is stopped, and the temporary folder is removed."));
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
  // The start cannot be interrupted, so a signal takes effect after it.
  const running = await start("serve", config, { log, tracing: noTracing });
  try {
    signal.throwIfAborted();
    print(
      paragraph(
        `It listens on ${running.address}, and its book is empty. The demo adds five contacts over REST.`,
      ),
    );
    const api = openRest(running.address ?? "", adminKey, signal, { prefer: "wait=10" });
    await playStory(api, print);
    print(heading("WHERE TO GO FROM HERE"));
    print(paragraph("npm start              run a sipbook that keeps its data in ./data"));
    print(paragraph("docs/pbx/kamailio.md   connect your Kamailio"));
    print(paragraph("docs/rules.md          every verdict and its rule"));
    print(paragraph("/docs                  the REST API, served by sipbook itself"));
    print("\n");
  } finally {
    await running.stop();
  }
}

/** Aborts on the first signal. Stopping has time limits, so further signals are ignored. */
function listenForStop(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => controller.abort());
  // The reader may close the pipe, as `head` does.
  process.stdout.on("error", () => controller.abort());
  return controller.signal;
}

/** `npm run demo` in this process. Resolves to the exit code. */
export async function runDemoCommand(): Promise<number> {
  const signal = listenForStop();
  try {
    await runDemo(signal);
    return 0;
  } catch (error) {
    const text = signal.aborted ? "\nStopped and cleaned up.\n" : `The demo failed: ${reasonOf(error)}\n`;
    process.stderr.write(text);
    return signal.aborted ? 130 : 1;
  }
}
