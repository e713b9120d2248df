import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { makeFolder } from "../support/processes/postgres.ts";

const program = join(import.meta.dirname, "../../src/main.ts");

interface Demo {
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

async function runDemo(): Promise<Demo> {
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

async function waitForOutput({ child, output, errors }: Demo, part: string): Promise<void> {
  while (!output().includes(part)) {
    if (child.exitCode !== null) throw new Error(`The demo ended with ${child.exitCode}: ${errors()}`);
    await sleep(10);
  }
}

/** As Ctrl-C does: to every process of its group. */
const interrupt = ({ child }: Demo) => void (child.pid !== undefined && process.kill(-child.pid, "SIGINT"));

async function expectNothingLeft({ folder }: Demo): Promise<void> {
  expect(await readdir(folder)).toEqual([]);
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "args="], { maxBuffer: 10_000_000 });
  expect(stdout.split("\n").filter((line) => line.includes(folder))).toEqual([]);
}

test("the demo plays its story and leaves nothing behind", async () => {
  const demo = await runDemo();
  expect([await demo.ended, demo.errors()]).toEqual([0, ""]);
  const lines = demo.output().split("\n");
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
  // a verdict each, in order; then what a later report made of it
  expect(lines.flatMap((line) => /^ +=> (.*)$/.exec(line)?.[1] ?? []).slice(0, 11)).toEqual([
    "applied (moved-permanently)",
    "duplicate of 1: it counts once",
    "applied (gone)",
    "recorded (cause-veto)",
    "held (device-contact)",
    "applied (gone)",
    "unmatched (no-address)",
    "and 6, which was applied (gone), is now recorded (answered-elsewhere)",
    "unmatched (no-address)",
    "applied (moved-permanently)",
    "and 8, which was unmatched (no-address), is now applied (moved-permanently)",
  ]);
  expect(demo.output()).toMatch(/=> change \d+: restored, sip:bob@parc\.example active, undo by /);
  const after = demo.output().slice(demo.output().indexOf("THE BOOK AFTER"));
  expect(after).toMatch(/Ada Lovelace +sip:ada@oslo\.example +active +was sip:ada@london\.example\n/);
  for (const uri of ["bob@parc", "clara@gateway", "dmitri@office", "emma@desk"])
    expect(after).toMatch(new RegExp(`sip:${uri}\\.example +active\n`));
  await expectNothingLeft(demo);
});

test("Ctrl-C in the middle of the story ends it, and nothing is left", async () => {
  const demo = await runDemo();
  await waitForOutput(demo, "THE BOOK BEFORE");
  interrupt(demo);
  expect(await demo.ended).toBe(130);
  expect(demo.errors()).toBe("\nStopped and cleaned up.\n");
  await expectNothingLeft(demo);
});

test("a reader that closes the pipe during the start ends it, and nothing is left", async () => {
  const demo = await runDemo();
  await waitForOutput(demo, "Starting");
  demo.child.stdout?.destroy();
  expect(await demo.ended).toBe(130);
  await expectNothingLeft(demo);
});
