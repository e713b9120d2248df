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
  /** Resolves to the origin of its API, or of a worker's probes, when it logs that it runs. */
  readonly started: () => Promise<string>;
  /** Sends a signal to every process of its group, as Ctrl-C does. */
  readonly interrupt: () => void;
}

export interface SipbookOptions {
  readonly env: Readonly<Record<string, string>>;
  /** src/main.ts, the same process code around parts that do almost nothing, or only the embedded database. */
  readonly program?: keyof typeof programs;
  /** The command that runs it, such as `setpriv` with options. */
  readonly wrapper?: readonly string[];
  /** A folder where any user can reach the program. Root mounts the project there. */
  readonly shownAt?: string;
}

const programs = {
  main: join(import.meta.dirname, "../../../src/main.ts"),
  minimal: join(import.meta.dirname, "minimal-main.ts"),
  database: join(import.meta.dirname, "hold-embedded.ts"),
} as const;

const root = join(import.meta.dirname, "../../..");
/** Where src/main.ts keeps compiled code. The minimal program shares it. */
const compiled = join(root, "node_modules/.cache/compiled");

/** The command, with the project mounted at the folder for this process and its children only. */
function showAt(folder: string, command: readonly string[]): readonly string[] {
  const script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"';
  const moved = command.map((word) => (word.startsWith(root) ? folder + word.slice(root.length) : word));
  // The full path is needed, because a test may put another `unshare` first on the PATH.
  const unshare = ["/usr/bin/unshare", "--mount", "--propagation", "private"];
  return [...unshare, "sh", "-c", script, "sh", root, folder, ...moved];
}

export function runSipbook(
  command: string,
  { env, program = "main", wrapper = [], shownAt }: SipbookOptions,
): Sipbook {
  const own = [...wrapper, process.execPath, programs[program], command];
  return runProcess(shownAt === undefined ? own : showAt(shownAt, own), env);
}

/** Starts a sipbook with a whole command line. */
export function runProcess(words: readonly string[], env: Readonly<Record<string, string>>): Sipbook {
  const [file = "", ...args] = words;
  const child = spawn(file, args, {
    // Only the given variables, and those that every process needs.
    env: { PATH: process.env["PATH"], TMPDIR: process.env["TMPDIR"], NODE_COMPILE_CACHE: compiled, ...env },
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
    return /(?:API|Probes) +(http:\/\/[^/]+)/.exec(text.output)?.[1] ?? "";
  };
  const interrupt = () => void (child.pid !== undefined && process.kill(-child.pid, "SIGINT"));
  return { child, ended, started, interrupt, output: () => text.output, errors: () => text.errors };
}
