import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Served } from "../processes/served.ts";

/** The code blocks of a docs page with exactly this info string, such as `sh` or `ts sync.ts`. */
export function readBlocks(page: string, fence: string): readonly string[] {
  const file = join(import.meta.dirname, "../../../docs", page);
  const blocks = readFileSync(file, "utf8").matchAll(new RegExp(`^\`\`\`${fence}\n(.*?)^\`\`\`$`, "gms"));
  const found = [...blocks].map(([, block = ""]) => block);
  if (found.length === 0) throw new Error(`${file} has no block "${fence}"`);
  return found;
}

/** Runs the blocks one after another in one shell, unchanged except the API's address. Returns what each prints. */
export async function runBlocks(
  blocks: readonly string[],
  { origin, folder }: Pick<Served, "origin" | "folder">,
): Promise<readonly string[]> {
  const script = blocks
    .map((block) => block.replaceAll("http://127.0.0.1:8080", origin))
    .join("\necho; echo '=== next'\n");
  const { PATH, HOME, TMPDIR } = process.env;
  const env = { PATH, HOME, TMPDIR };
  const { stdout } = await promisify(execFile)("bash", ["-eu", "-c", script], { cwd: folder, env });
  return stdout.split("=== next\n");
}
