import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A real sipbook process. */
export interface Sipbook {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>;
  /** Resolves to the origin of its API once it says that it runs. */
  readonly started: () => Promise<string>;
  /** As Ctrl-C does: to every process of its group. */
  readonly interrupt: () => void;
}

export interface SipbookOptions {
  readonly env: Readonly<Record<string, string>>;
  /** src/main.ts, or the shell around parts that do next to nothing. */
  readonly program?: "main" | "minimal";
  /** What runs it, such as `setpriv` with options. */
  readonly wrapper?: readonly string[];
}

const programs = {
  main: join(import.meta.dirname, "../../src/main.ts"),
  minimal: join(import.meta.dirname, "minimal-main.ts"),
} as const;

export function runSipbook(
  command: string,
  { env, program = "main", wrapper = [] }: SipbookOptions,
): Sipbook {
  const [file, ...args] = [...wrapper, process.execPath, programs[program], command];
  const child = spawn(file, args, {
    // Only what is given, but the two that any process needs.
    env: { PATH: process.env["PATH"], TMPDIR: process.env["TMPDIR"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const text = { output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text.output += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text.errors += chunk));
  const ended = once(child, "close").then(() => child.exitCode);
  const started = async () => {
    while (!text.output.includes("is running.")) {
      if (child.exitCode !== null) throw new Error(`sipbook ended with ${child.exitCode}: ${text.errors}`);
      await sleep(20);
    }
    return /API +(http:\/\/[^/]+)/.exec(text.output)?.[1] ?? "";
  };
  const interrupt = () => void (child.pid !== undefined && process.kill(-child.pid, "SIGINT"));
  return { child, ended, started, interrupt, output: () => text.output, errors: () => text.errors };
}
