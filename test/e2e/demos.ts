import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, expect } from "vitest";
import { makeFolder } from "../support/processes/postgres.ts";
import { runSipbook, type Sipbook } from "../support/processes/sipbook.ts";

export interface Demo extends Sipbook {
  /** The only place for temporary files that it knows. */
  readonly folder: string;
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

export async function runDemo(): Promise<Demo> {
  const folder = await makeFolder();
  closers.push(() => folder.remove());
  const demo = runSipbook("demo", { env: { TMPDIR: folder.path } });
  closers.push(async () => {
    demo.child.kill("SIGTERM");
    await Promise.race([demo.ended, sleep(15_000).then(() => demo.child.kill("SIGKILL"))]);
  });
  return { ...demo, folder: folder.path };
}

export async function waitForOutput({ child, output, errors }: Demo, part: string): Promise<void> {
  while (!output().includes(part)) {
    if (child.exitCode !== null) throw new Error(`The demo ended with ${child.exitCode}: ${errors()}`);
    await sleep(10);
  }
}

export async function expectNothingLeft({ folder }: Demo): Promise<void> {
  expect(await readdir(folder)).toEqual([]);
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "args="], { maxBuffer: 10_000_000 });
  expect(stdout.split("\n").filter((line) => line.includes(folder))).toEqual([]);
}
