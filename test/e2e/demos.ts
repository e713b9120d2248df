import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, expect } from "vitest";
import { makeFolder } from "../support/processes/postgres.ts";

const program = join(import.meta.dirname, "../../src/main.ts");

export interface Demo {
  readonly child: ChildProcess;
  /** The only place for temporary files that it knows. */
  readonly folder: string;
  readonly output: () => string;
  readonly errors: () => string;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

export async function runDemo(): Promise<Demo> {
  const folder = await makeFolder();
  closers.push(() => folder.remove());
  const child = spawn(process.execPath, [program, "demo"], {
    env: { PATH: process.env["PATH"], TMPDIR: folder.path },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const text = { output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.output += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.errors += chunk));
  const ended = once(child, "close").then(() => child.exitCode);
  closers.push(async () => {
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(15_000).then(() => child.kill("SIGKILL"))]);
  });
  return { child, folder: folder.path, ended, output: () => text.output, errors: () => text.errors };
}

export async function waitForOutput({ child, output, errors }: Demo, part: string): Promise<void> {
  while (!output().includes(part)) {
    if (child.exitCode !== null) throw new Error(`The demo ended with ${child.exitCode}: ${errors()}`);
    await sleep(10);
  }
}

/** As Ctrl-C does: to every process of its group. */
export const interrupt = ({ child }: Demo) =>
  void (child.pid !== undefined && process.kill(-child.pid, "SIGINT"));

export async function expectNothingLeft({ folder }: Demo): Promise<void> {
  expect(await readdir(folder)).toEqual([]);
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "args="], { maxBuffer: 10_000_000 });
  expect(stdout.split("\n").filter((line) => line.includes(folder))).toEqual([]);
}
