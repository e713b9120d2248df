import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import {
  findFileCircles,
  findFolderCircles,
  findFullRooms,
  findStrays,
  findUpwardRows,
  type Import,
  listFiles,
  type Row,
  readImports,
  show,
  topOf,
} from "./rooms.ts";

const root = resolve(import.meta.dirname, "../../../src");
const files = listFiles(root);
const imports = readImports(root, files);

// Each folder may import itself and the folders in its row. A row may name only folders of earlier rows.
const table: readonly Row[] = [
  ["faults", []],
  ["json", []],
  ["sip", []],
  ["formats", ["json", "sip"]],
  ["domain", ["sip"]],
  ["queue", ["faults", "json"]],
  ["signatures", []],
  ["vault", []],
  ["postgres", ["faults"]],
  ["store", ["faults", "json", "domain", "queue"]],
  ["telemetry", ["faults", "queue", "store"]],
  ["dialects", ["json", "sip", "domain", "signatures"]],
  ["wire", ["json", "domain", "store", "dialects"]],
  ["config", ["faults", "json", "sip", "queue"]],
  ["webhooks", ["sip", "vault"]],
  ["work", ["faults", "telemetry", "wire", "queue", "store", "webhooks"]],
  ["http", ["faults", "json", "telemetry", "wire", "domain", "store"]],
  ["sources", ["dialects", "store", "http"]],
  ["feed", ["faults", "telemetry", "wire", "store"]],
  [
    "receive",
    "faults json telemetry wire sip domain queue store http signatures vault dialects sources".split(" "),
  ],
  [
    "hep",
    ["config", "faults", "json", "telemetry", "sip", "store", "http", "dialects", "sources", "receive"],
  ],
  [
    "api",
    "faults json telemetry wire sip formats domain queue store http dialects sources feed vault webhooks".split(
      " ",
    ),
  ],
  ["openapi", ["http", "wire"]],
  [
    "process",
    "faults queue postgres store telemetry config webhooks work http feed receive hep api openapi".split(" "),
  ],
  ["clients", "faults json config wire sip domain dialects receive telemetry process".split(" ")],
];

test("every folder has a row, and main.ts is the only loose file", () => {
  const entries = readdirSync(root, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.toSorted()).toEqual(table.map(([folder]) => folder).toSorted());
  expect(entries.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual(["main.ts"]);
});

test("a folder imports only what its row allows", () => {
  expect(imports.length).toBeGreaterThan(files.length);
  expect(findStrays(imports, table)).toEqual([]);
});

test("a row allows only the folders of rows above it", () => {
  expect(findUpwardRows(table)).toEqual([]);
});

test("a row allows nothing that its folder does not import", () => {
  const unused = table.flatMap(([folder, allowed]) => {
    const used = new Set(
      imports.filter(({ file }) => topOf(file) === folder).map(({ target }) => topOf(target)),
    );
    return allowed.filter((other) => !used.has(other)).map((other) => `${folder} does not import ${other}`);
  });
  expect(unused).toEqual([]);
});

test("no folders import one another in a circle, at any depth", () => {
  expect(findFolderCircles(imports)).toEqual([]);
});

test("no files import one another in a circle", () => {
  expect(findFileCircles(imports)).toEqual([]);
});

test.for(["src", "test", "bench"])("no folder in %s has more than 15 files", (folder) => {
  expect(findFullRooms(listFiles(resolve(root, "..", folder)), 15)).toEqual([]);
});

test.for(["sip", "domain"])("src/%s is pure: no package, no Node", (folder) => {
  const packages = imports.filter(({ file, isOurs }) => topOf(file) === folder && !isOurs);
  expect(packages.map(show)).toEqual([]);
});

// Imports that only some files may have: what, the import, the files.
const reserved: [string, RegExp, RegExp][] = [
  ["Prisma and the driver", /^(@prisma\/|pg$|prisma$|store\/generated\/)/, /^(store|postgres)\//],
  ["BullMQ and Redis", /^(bullmq|ioredis)/, /^queue\//],
  ["the metrics library", /^prom-client$/, /^telemetry\/metrics\.ts$/],
  ["Fastify's plugins", /^@fastify\/swagger/, /^(process\/(app|openapi)\.ts|openapi\/)/],
];

test.for(reserved)("only one place uses %s", ([, target, place]) => {
  const users = imports.filter((each) => target.test(each.target));
  expect(users).not.toEqual([]);
  expect(users.filter(({ file }) => !place.test(file)).map(show)).toEqual([]);
});

test("only main.ts reads the environment, for config.ts", () => {
  const readers = files.filter((file) => /process\.env/.test(readFileSync(join(root, file), "utf8")));
  // postmaster.ts passes PATH to the programs that it starts.
  expect(readers).toEqual(["main.ts", "postgres/postmaster.ts"]);
});

test("no file has a default export", () => {
  const exporters = files.filter((file) => /^export default/m.test(readFileSync(join(root, file), "utf8")));
  expect(exporters).toEqual([]);
});

// The tests below check the rules themselves, on imports that break them.
const imported = (file: string, target: string): Import => ({ file, target, isOurs: true });

test("an import that no row allows is reported, also from a folder without a row", () => {
  const rows: readonly Row[] = [
    ["low", []],
    ["high", ["low"]],
  ];
  const given = [
    imported("low/a.ts", "high/b.ts"),
    imported("high/b.ts", "low/a.ts"),
    imported("new/c.ts", "low/a.ts"),
  ];
  expect(findStrays(given, rows)).toEqual(["low/a.ts imports high/b.ts", "new/c.ts imports low/a.ts"]);
});

test("an import of a loose file is reported", () => {
  expect(findStrays([imported("low/a.ts", "main.ts")], [["low", []]])).toEqual(["low/a.ts imports main.ts"]);
});

test("a row that allows a folder of a later row is reported", () => {
  expect(
    findUpwardRows([
      ["low", ["high"]],
      ["high", []],
    ]),
  ).toEqual(["low allows high"]);
});

test("a circle of folders is reported even if no files form a circle", () => {
  const given = [imported("a/x/one.ts", "a/y/two.ts"), imported("a/y/three.ts", "a/x/four.ts")];
  expect(findFolderCircles(given)).toEqual(["a/x -> a/y -> a/x"]);
  expect(findFileCircles(given)).toEqual([]);
});

test("a circle between a folder and its parent folder is reported", () => {
  const given = [imported("a/one.ts", "a/x/two.ts"), imported("a/x/two.ts", "a/three.ts")];
  expect(findFolderCircles(given)).toEqual(["a -> a/x -> a"]);
});

test("a circle of files is reported", () => {
  const given = [imported("a/one.ts", "a/two.ts"), imported("a/two.ts", "a/one.ts")];
  expect(findFileCircles(given)).toEqual(["a/one.ts -> a/two.ts -> a/one.ts"]);
});

test("a folder with too many files is reported", () => {
  expect(findFullRooms(["a/1.ts", "a/2.ts", "a/x/3.ts"], 1)).toEqual(["a has 2 files"]);
});
