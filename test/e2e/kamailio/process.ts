import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const killAfterMs = 3000;

/** A program that runs beside the test and never outlives it. */
export interface Companion {
  readonly name: string;
  /** What it wrote to its stderr so far. */
  log(): string;
  /** Its exit code, -1 if a signal ended it. */
  readonly exited: Promise<number>;
  stop(): Promise<void>;
}

interface CompanionOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
}

/** Starts a program whose stderr goes to `logFile`. The kernel ends it when the test's process dies, however it dies. */
export function startCompanion({ name, command, args, logFile }: CompanionOptions): Companion {
  const output = openSync(logFile, "a");
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", command, ...args], {
    stdio: ["ignore", "ignore", output],
    // Nothing that the caller set for other programs.
    env: { PATH: process.env["PATH"], TERM: "dumb" },
  });
  closeSync(output);
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? -1));
  });
  exited.catch(() => {});
  return {
    name,
    exited,
    log: () => readFileSync(logFile, "latin1"),
    stop: async () => {
      child.kill("SIGTERM");
      const stopped = await Promise.race([
        exited.then(() => true),
        sleep(killAfterMs, false, { ref: false }),
      ]);
      if (!stopped) child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Waits until `ready`. Throws with the last lines of the log if the program ends first, or at the deadline. */
export async function waitUntilReady(companion: Companion, ready: () => boolean): Promise<void> {
  const ended = companion.exited.then(() => "ended" as const);
  const deadline = Date.now() + 10_000;
  while (!ready()) {
    const state = await Promise.race([ended, sleep(20, "running" as const)]);
    if (state === "ended") throw new Error(`${companion.name} ended at its start:\n${lastLines(companion)}`);
    if (Date.now() > deadline)
      throw new Error(`${companion.name} does not get ready:\n${lastLines(companion)}`);
  }
}

export function lastLines(companion: Companion, count = 20): string {
  return companion.log().trimEnd().split("\n").slice(-count).join("\n");
}
