import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The blocks of a page of docs that are fenced with exactly this, such as `sh` or `ts sync.ts`. */
export function readBlocks(page: string, fence: string): readonly string[] {
  const file = join(import.meta.dirname, "../../docs", page);
  const blocks = readFileSync(file, "utf8").matchAll(new RegExp(`^\`\`\`${fence}\n(.*?)^\`\`\`$`, "gms"));
  const found = [...blocks].map(([, block = ""]) => block);
  if (found.length === 0) throw new Error(`${file} has no block "${fence}"`);
  return found;
}
