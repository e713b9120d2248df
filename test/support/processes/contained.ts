import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltStage } from "./dockerfile.ts";
import { runProcess, type Sipbook } from "./sipbook.ts";

export interface Contained extends Sipbook {
  /** Like `docker stop`: sends a signal to process 1 of the namespace, which ignores it unless it handles it. */
  readonly terminate: () => Promise<void>;
}

/** True if this user may make namespaces and mounts, like a container engine. */
export const isContainable = process.getuid?.() === 0;

/** Adds the files of the base image. */
export async function addNode({ root }: BuiltStage): Promise<void> {
  await mkdir(join(root, "usr/local/bin"), { recursive: true });
  await copyFile(process.execPath, join(root, "usr/local/bin/node"));
}

const place = "/srv";

// A read-only file system except for /tmp, process 1 of a namespace, and no capabilities of root.
const script = `
  mount --bind "$1" ${place} && mount -t tmpfs -o size=16m tmpfs /tmp &&
  mount -o remount,bind,ro ${place} && mount -o remount,bind,ro / && cd "${place}$2" &&
  user=$3 && group=$4 && shift 4 &&
  exec setpriv --reuid="$user" --regid="$group" --clear-groups --no-new-privs --bounding-set=-all "$@"`;

/** Runs a command in the built image, like a container engine with a read-only root file system. */
export function runContained(
  stage: BuiltStage,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Contained {
  const [user = "", group = ""] = (stage.user ?? "0:0").split(":");
  const unshare = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc"];
  const words = [...unshare, "sh", "-c", script, "sh", stage.root, stage.workdir, user, group, ...command];
  const path = `${place}/usr/local/bin:${process.env["PATH"]}`;
  const sipbook = runProcess(words, { ...stage.env, PATH: path, ...env });
  const terminate = async () => {
    const { pid } = sipbook.child;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
    process.kill(Number(children.trim()), "SIGTERM");
  };
  return { ...sipbook, terminate };
}

/** The exit code of a command that runs to its end. */
export async function tryContained(
  stage: BuiltStage,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly errors: string }> {
  const run = runContained(stage, command, env);
  return { code: await run.ended, errors: run.errors() };
}
