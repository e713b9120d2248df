import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What an administrator pastes: the three marked blocks of docs/pbx/kamailio.md. */
export interface Snippet {
  readonly settings: string;
  readonly modules: string;
  readonly routes: string;
}

const page = join(import.meta.dirname, "../../../docs/pbx/kamailio.md");

/** The snippet as it stands in the page, with the two settings filled in as an administrator would. */
export function readSnippet(url: string, key: string): Snippet {
  const text = readFileSync(page, "utf8");
  const settings = findBlock(text, "settings");
  return {
    settings: define(define(settings, "SIPBOOK_URL", url), "SIPBOOK_KEY", key),
    modules: findBlock(text, "modules"),
    routes: findBlock(text, "routes"),
  };
}

function findBlock(text: string, name: string): string {
  const [block, ...others] = [...text.matchAll(new RegExp(`^\`\`\`kamailio ${name}\n(.*?)^\`\`\`$`, "gms"))];
  if (block?.[1] === undefined || others.length > 0) throw new Error(`${page} must have one block "${name}"`);
  return block[1];
}

function define(settings: string, name: string, value: string): string {
  const line = new RegExp(`^(#!define ${name}) ".*"$`, "m");
  if (!line.test(settings)) throw new Error(`${page} does not define ${name}`);
  return settings.replace(line, (_, start: string) => `${start} ${JSON.stringify(value)}`);
}
