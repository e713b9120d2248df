import { execFile } from "node:child_process";
import { cp, mkdir, readFile } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { promisify } from "node:util";

export interface Instruction {
  readonly word: string;
  readonly text: string;
}

export interface Stage {
  readonly base: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

/** A stage built without a container engine: its file system below a folder, and how to run it. */
export interface BuiltStage {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | null;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/** The stages of a Dockerfile. Only the instructions of ours are supported. */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: { base: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, word = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const [, base = "", name = null] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
    if (word === "FROM") stages.push({ base, name, instructions: [] });
    else stages.at(-1)?.instructions.push({ word, text: rest });
  }
  return stages;
}

/** True if .dockerignore excludes a path: the last line that matches the path or a parent folder counts. */
export function isIgnored(dockerignore: string, path: string): boolean {
  let ignored = false;
  for (const line of dockerignore.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const pattern = line.replace(/^!/, "");
    if (pattern === "*" || path === pattern || path.startsWith(`${pattern}/`))
      ignored = !line.startsWith("!");
  }
  return ignored;
}

export interface BuildOptions {
  /** The project's folder. */
  readonly context: string;
  /** Empty; each stage gets a folder in it. */
  readonly folder: string;
  /** Variables for the commands, in addition to those of the Dockerfile. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Builds the stages like a container engine, with this machine as the base image. Returns the last stage. */
export async function buildByHand(
  stages: readonly Stage[],
  { context, folder, env }: BuildOptions,
): Promise<BuiltStage> {
  const dockerignore = await readFile(join(context, ".dockerignore"), "utf8");
  const roots = new Map<string, string>();
  let built: BuiltStage | null = null;
  for (const [at, stage] of stages.entries()) {
    const root = join(folder, stage.name ?? `stage-${at}`);
    await mkdir(root, { mode: 0o755 });
    roots.set(stage.name ?? String(at), root);
    built = await buildStage(stage, root, {
      run: (text, cwd, own) => promisify(execFile)("sh", ["-c", text], { cwd, env: { ...env, ...own } }),
      copyIn: (source, target) =>
        cp(join(context, source), target, {
          recursive: true,
          filter: (path) =>
            path === join(context, source) || !isIgnored(dockerignore, path.slice(context.length + 1)),
        }),
      // The earlier stage is no longer needed, and a move is faster than a copy.
      copyFrom: (from, source, target) =>
        promisify(execFile)("mv", ["-T", join(roots.get(from) ?? "", source), target]),
    });
  }
  if (built === null) throw new Error("There is no stage");
  return built;
}

interface Hands {
  readonly run: (text: string, cwd: string, env: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly copyIn: (source: string, target: string) => Promise<unknown>;
  readonly copyFrom: (from: string, source: string, target: string) => Promise<unknown>;
}

async function buildStage(stage: Stage, root: string, hands: Hands): Promise<BuiltStage> {
  const built = {
    root,
    workdir: "/",
    env: {} as Record<string, string>,
    user: null as string | null,
    entrypoint: [] as string[],
    command: [] as string[],
    healthcheck: [] as string[],
  };
  for (const { word, text } of stage.instructions) {
    const inRoot = (path: string) => join(root, posix.resolve(built.workdir, path));
    switch (word) {
      case "WORKDIR":
        built.workdir = text;
        await mkdir(inRoot("."), { recursive: true });
        break;
      case "ENV":
        for (const [, name = "", value = ""] of text.matchAll(/(\w+)=(\S+)/g)) built.env[name] = value;
        break;
      case "RUN":
        await hands.run(text, inRoot("."), built.env);
        break;
      case "COPY": {
        const [, from, paths = ""] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
        const sources = paths.split(" ");
        const target = sources.pop() ?? "";
        for (const source of sources) {
          const place = inRoot(target.endsWith("/") ? join(target, basename(source)) : target);
          await mkdir(join(place, ".."), { recursive: true });
          if (from === undefined) await hands.copyIn(source, place);
          else await hands.copyFrom(from, source, place);
        }
        break;
      }
      case "USER":
        built.user = text;
        break;
      case "ENTRYPOINT":
        built.entrypoint = JSON.parse(text);
        break;
      case "CMD":
        built.command = JSON.parse(text);
        break;
      case "HEALTHCHECK":
        built.healthcheck = JSON.parse(text.slice(text.indexOf("CMD ") + 4));
        break;
      case "EXPOSE":
        break;
      default:
        throw new Error(`This reader of Dockerfiles does not know ${word}`);
    }
  }
  return built;
}
