import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Environment, readClientConfig } from "../config/config.ts";
import { reasonOf } from "../faults/reason-of.ts";
import { StartError } from "../faults/start-error.ts";
import { RestError } from "./rest.ts";

export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly write: (text: string) => void;
}

/** What a command that is a client of a running sipbook gets from its process. */
export interface ClientDeps {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  readonly out: Output;
  /** The key to use if the command line has none; null if there is no key. */
  readonly findKey: () => Promise<string | null>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A mistake in the options; the usage is printed with it. */
export class UsageError extends Error {}

const print = (text: string) => void process.stdout.write(text);

/** Runs a client with this process's terminal, Ctrl-C and environment. Resolves to the exit code. */
export async function runClient(
  env: Environment,
  run: (deps: ClientDeps) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => stop.abort());
  try {
    const { key, dataDir } = readClientConfig(env);
    return await run({
      print,
      printError: (text) => void process.stderr.write(text),
      out: { isTerminal: process.stdout.isTTY, columns: process.stdout.columns ?? 80, write: print },
      findKey: async () => key ?? (await readAdminKey(dataDir)),
      signal: stop.signal,
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`sipbook: ${error.message}\n`);
    return 1;
  }
}

async function readAdminKey(dataDir: string): Promise<string | null> {
  const text = await readFile(join(dataDir, "admin.key"), "utf8").catch(() => "");
  return text.trim() || null;
}

/** Runs a command, and prints why it failed. Resolves to the exit code. */
export async function runOrExplain(
  { printError, signal }: Pick<ClientDeps, "printError" | "signal">,
  { usage, stopped }: { readonly usage: string; readonly stopped: string },
  run: () => Promise<number>,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UsageError) {
      printError(`sipbook: ${error.message}\n\n${usage}`);
      return 2;
    }
    if (signal.aborted) {
      printError(`\n${stopped}\n`);
      return 130;
    }
    printError(`sipbook: ${error instanceof RestError ? error.message : reasonOf(error)}\n`);
    return 1;
  }
}

/** The key of the command line or the process. Throws UsageError if there is none. */
export async function needKey(given: string | null, findKey: ClientDeps["findKey"]): Promise<string> {
  const key = given ?? (await findKey());
  if (key === null)
    throw new UsageError("No key found: set --key or SIPBOOK_KEY, or DATA_DIR to the folder with admin.key");
  return key;
}

/** Node's `parseArgs`, but throws UsageError. */
export function readOptions<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(reasonOf(error));
  }
}

export const clientOptions = {
  url: { type: "string", default: "http://127.0.0.1:8080" },
  key: { type: "string" },
} as const;

/** Removes slashes at the end. Throws UsageError if it is not an http or https URL. */
export function readUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError("--url must be an http or https URL");
  return url.replace(/\/+$/, "");
}
