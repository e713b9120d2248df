import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What an administrator pastes: the three marked blocks of docs/pbx/kamailio.md. */
export interface Snippet {
  readonly settings: string;
  readonly modules: string;
  readonly routes: string;
}

const pageOf = (name: string) => join(import.meta.dirname, "../../../docs/pbx", name);

/** The snippet as it stands in the page, with the two settings filled in as an administrator would. */
export function readSnippet(url: string, key: string): Snippet {
  const page = pageOf("kamailio.md");
  const settings = findBlock(page, "settings");
  return {
    settings: define(define(settings, "SIPBOOK_URL", url), "SIPBOOK_KEY", key),
    modules: findBlock(page, "modules"),
    routes: findBlock(page, "routes"),
  };
}

/** What the page says of acc_json, instead of the reports from the onreply_route. */
export function readAccounting(url: string, key: string): Snippet {
  const page = pageOf("kamailio.md");
  const { settings, modules, routes } = readSnippet(url, key);
  const redirects = `onreply_route[SIPBOOK] {\n${findBlock(page, "redirects")}}\n`;
  const own = /^onreply_route\[SIPBOOK\] \{\n.*?^\}\n/ms;
  if (!own.test(routes)) throw new Error("The page has no onreply_route");
  return {
    settings: `#!define ACCOUNTING\n${settings}`,
    modules: `${modules}${findBlock(page, "accounting")}`,
    routes: routes.replace(own, () => redirects),
  };
}

/** The configuration of docs/pbx/hep.md as it stands in the page, for another port and key. No route reports anything. */
export function readMirror(port: number, key: string): Snippet {
  const block = findBlock(pageOf("hep.md"), "modules");
  const modules = block
    .replace("sip:127.0.0.1:9060", `sip:127.0.0.1:${port}`)
    .replace('"the key in HEP_KEY"', JSON.stringify(key));
  return { settings: "", modules, routes: "onreply_route[SIPBOOK] {\n\treturn;\n}\n" };
}

function findBlock(page: string, name: string): string {
  const text = readFileSync(page, "utf8");
  const [block, ...others] = [...text.matchAll(new RegExp(`^\`\`\`kamailio ${name}\n(.*?)^\`\`\`$`, "gms"))];
  if (block?.[1] === undefined || others.length > 0) throw new Error(`${page} must have one block "${name}"`);
  return block[1];
}

function define(settings: string, name: string, value: string): string {
  const line = new RegExp(`^(#!define ${name}) ".*"$`, "m");
  if (!line.test(settings)) throw new Error(`The page does not define ${name}`);
  return settings.replace(line, (_, start: string) => `${start} ${JSON.stringify(value)}`);
}
