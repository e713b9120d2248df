import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../../src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("store/generated/"))
  .toSorted();

interface Import {
  readonly file: string;
  /** A path below src, or the name of a package. */
  readonly target: string;
  readonly isOurs: boolean;
}

const imports: readonly Import[] = files.flatMap((file) => {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/ from "([^"]+)";$/gm)].map(([, name = ""]) => name);
  return specifiers.map((name) => {
    const isOurs = name.startsWith(".");
    const target = isOurs ? relative(root, resolve(root, dirname(file), name)) : name;
    return { file, target, isOurs };
  });
});

const folderOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : "");
const from = (folder: string): readonly Import[] => imports.filter(({ file }) => folderOf(file) === folder);
const show = ({ file, target }: Import): string => `${file} imports ${target}`;

// each folder may import from itself and …
const below: [string, readonly string[]][] = [
  ["sip", []],
  ["faults", []],
  ["formats", ["sip"]],
  ["domain", ["sip"]],
  ["signatures", ["domain"]],
  ["postgres", ["faults"]],
  ["queue", ["faults"]],
  ["store", ["faults", "sip", "domain", "queue"]],
  ["telemetry", ["faults", "queue", "store"]],
  ["wire", ["sip", "domain", "store"]],
  ["config", ["faults", "wire", "queue"]],
  ["vault", ["faults"]],
  ["webhooks", ["config", "sip", "domain", "vault"]],
  ["work", ["faults", "telemetry", "wire", "sip", "domain", "queue", "store", "webhooks"]],
  ["http", ["faults", "telemetry", "wire", "sip", "domain", "queue", "store"]],
  ["feed", ["faults", "telemetry", "wire", "store"]],
  [
    "receive",
    ["faults", "telemetry", "wire", "sip", "domain", "queue", "store", "http", "signatures", "vault"],
  ],
  ["hep", ["config", "faults", "telemetry", "wire", "sip", "domain", "store", "http", "receive"]],
  [
    "api",
    [
      "faults",
      "telemetry",
      "wire",
      "sip",
      "formats",
      "domain",
      "queue",
      "store",
      "http",
      "feed",
      "vault",
      "webhooks",
    ],
  ],
  ["openapi", ["http", "wire"]],
];

test.for(below)("src/%s imports only what is below it", ([folder, allowed]) => {
  const ours = from(folder).filter(({ isOurs, target }) => isOurs && folderOf(target) !== "");
  expect(from(folder)).not.toEqual([]);
  expect(ours.filter(({ target }) => ![folder, ...allowed].includes(folderOf(target))).map(show)).toEqual([]);
});

test.for(["sip", "domain"])("src/%s is pure: no package, no Node, nothing of ours beside it", (folder) => {
  const others = from(folder).filter(({ isOurs, target }) => !isOurs || folderOf(target) === "");
  expect(others.map(show)).toEqual([]);
});

// what only some files may touch
const reserved: [string, RegExp, RegExp][] = [
  ["Prisma and the driver", /^(@prisma\/|pg$|prisma$|store\/generated\/)/, /^(store|postgres)\//],
  ["BullMQ and Redis", /^(bullmq|ioredis)/, /^queue\//],
  ["the counters' library", /^prom-client$/, /^telemetry\/metrics\.ts$/],
  ["fastify's plugins", /^@fastify\/swagger/, /^(process\/(app|openapi)\.ts|openapi\/)/],
];

test.for(reserved)("%s are used in one place", ([, target, place]) => {
  const users = imports.filter((each) => target.test(each.target));
  expect(users).not.toEqual([]);
  expect(users.filter(({ file }) => !place.test(file)).map(show)).toEqual([]);
});

test("the environment is read once, by main.ts for config.ts", () => {
  const readers = files.filter((file) => /process\.env/.test(readFileSync(join(root, file), "utf8")));
  // postmaster.ts hands PATH on to the programs that it starts.
  expect(readers).toEqual(["main.ts", "postgres/postmaster.ts"]);
});

test("nothing imports in a circle", () => {
  const targets = Map.groupBy(
    imports.filter(({ isOurs }) => isOurs),
    ({ file }) => file,
  );
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(" -> ")];
    if (done.has(file)) return [];
    const found = (targets.get(file) ?? []).flatMap(({ target }) => walk(target, [...path, file]));
    done.add(file);
    return found;
  };
  expect(files.flatMap((file) => walk(file, []))).toEqual([]);
});

test("no file has a default export", () => {
  const exporters = files.filter((file) => /^export default/m.test(readFileSync(join(root, file), "utf8")));
  expect(exporters).toEqual([]);
});
