import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export interface Import {
  /** Relative to the root. */
  readonly file: string;
  /** A path relative to the root, or the name of a package. */
  readonly target: string;
  readonly isOurs: boolean;
}

/** A top-level folder, and the other folders that it may import from. */
export type Row = readonly [folder: string, allowed: readonly string[]];

export function listFiles(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/(^|\/)(generated|node_modules|build)\//.test(file))
    .toSorted();
}

/** Every static import, re-export and dynamic import of the files. */
export function readImports(root: string, files: readonly string[]): readonly Import[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const specifiers = [...text.matchAll(/(?: from |^import |import\()"([^"]+)"/gm)].map(
      ([, name = ""]) => name,
    );
    return specifiers.map((name) => {
      // package.json lies outside the root, so it counts as a package.
      const isOurs = /^\..*\.ts$/.test(name);
      return { file, isOurs, target: isOurs ? relative(root, resolve(root, dirname(file), name)) : name };
    });
  });
}

/** The top-level folder of a path; "" for a loose file. */
export const topOf = (path: string): string => (path.includes("/") ? (path.split("/")[0] ?? "") : "");

export const show = ({ file, target }: Import): string => `${file} imports ${target}`;

/** Imports that the table does not allow. A loose file may import anything; nothing may import a loose file. */
export function findStrays(imports: readonly Import[], table: readonly Row[]): readonly string[] {
  const allowed = new Map(table.map(([folder, others]) => [folder, [folder, ...others]]));
  return imports
    .filter(
      ({ file, target, isOurs }) =>
        isOurs && topOf(file) !== "" && !allowed.get(topOf(file))?.includes(topOf(target)),
    )
    .map(show);
}

/** Rows that name a later row: a folder may import only folders of earlier rows, so that no two can form a circle. */
export function findUpwardRows(table: readonly Row[]): readonly string[] {
  const order = table.map(([folder]) => folder);
  return table.flatMap(([folder, others], i) =>
    others.filter((other) => !order.slice(0, i).includes(other)).map((other) => `${folder} allows ${other}`),
  );
}

/** Circles of files, each once as "a -> b -> a". */
export const findFileCircles = (imports: readonly Import[]): readonly string[] =>
  findCircles(imports.filter(({ isOurs }) => isOurs).map(({ file, target }) => [file, target]));

/** Circles of folders, at every depth: the imports of one folder lead back to it. A loose file counts as a folder of its own. */
export function findFolderCircles(imports: readonly Import[]): readonly string[] {
  const edges = imports
    .filter(({ isOurs }) => isOurs)
    .map(({ file, target }): [string, string] => [dirname(file), dirname(target)])
    .filter(([from, to]) => from !== to && !to.includes("generated"));
  return findCircles(edges);
}

function findCircles(edges: readonly (readonly [string, string])[]): readonly string[] {
  const targets = Map.groupBy(edges, ([from]) => from);
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): readonly string[] => {
    if (path.includes(node)) return [[...path.slice(path.indexOf(node)), node].join(" -> ")];
    if (done.has(node)) return [];
    const found = (targets.get(node) ?? []).flatMap(([, target]) => walk(target, [...path, node]));
    done.add(node);
    return found;
  };
  return [...new Set([...targets.keys()].flatMap((node) => walk(node, [])))];
}

/** Folders that directly hold more files than `most`. */
export function findFullRooms(files: readonly string[], most: number): readonly string[] {
  const rooms = Map.groupBy(files, (file) => dirname(file));
  return [...rooms]
    .filter(([, own]) => own.length > most)
    .map(([room, own]) => `${room} has ${own.length} files`);
}
