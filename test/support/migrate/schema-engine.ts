import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlQuery,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import type { SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import type { Pool } from "pg";

// Part of the language's runtime, but described only in TypeScript's library for browsers.
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ readonly instance: { readonly exports: Readonly<Record<string, unknown>> } }>;
};

/** A Prisma schema file. */
export interface SchemaFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Runs `use` with Prisma's schema engine, connected to the database. It is the engine of the `prisma migrate`
 * command, but as WebAssembly: the command downloads a native one at run time, which fails behind a firewall.
 */
export async function withSchemaEngine<T>(
  url: string,
  schema: readonly SchemaFile[],
  use: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine();
  const adapters = new EngineAdapters({ connectionString: url, max: 2 });
  const factory = bindMigrationAwareSqlAdapterFactory(adapters);
  const datamodels = schema.map(({ path, content }): [string, string] => [path, content]);
  const engine = await SchemaEngine.new({ datamodels }, () => {}, factory);
  try {
    return await use(engine);
  } catch (error) {
    throw adapters.scriptError ?? error;
  } finally {
    engine.free();
    await adapters.close();
  }
}

type Glue = typeof import("@prisma/schema-engine-wasm/schema_engine_bg");

let loading: Promise<Glue> | undefined;

// The glue code keeps its one instance in its own variable, so there is never a second.
function loadEngine(): Promise<Glue> {
  loading ??= instantiate();
  return loading;
}

async function instantiate(): Promise<Glue> {
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const module = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const file = join(dirname(module), "schema_engine_bg.wasm");
  const { instance } = await WebAssembly.instantiate(await readFile(file), {
    "./schema_engine_bg.js": { ...glue },
  });
  // oxlint-disable-next-line no-underscore-dangle -- the name that wasm-bindgen gives it
  glue.__wbg_set_wasm(instance.exports);
  const start = instance.exports["__wbindgen_start"];
  if (typeof start === "function") start();
  return glue;
}

class EngineAdapters extends PrismaPg {
  /** PostgreSQL's own error. The engine passes on only a part of it. */
  scriptError: unknown;
  readonly #pools: Pool[] = [];

  override async connect(): ReturnType<PrismaPg["connect"]> {
    const adapter = await super.connect();
    const pool = adapter.underlyingDriver();
    this.#pools.push(pool);
    const queryRaw = adapter.queryRaw.bind(adapter);
    return Object.assign(adapter, {
      // Prisma's own cuts a script at every semicolon, also inside the body of a function. In one piece it is
      // also one transaction: a migration that fails leaves nothing behind.
      executeScript: async (script: string) => {
        try {
          await pool.query(script);
        } catch (error) {
          this.scriptError = error;
          throw new DriverAdapterError({ kind: "GenericJs", id: 0 });
        }
      },
      queryRaw: async (query: SqlQuery) => asChar(await queryRaw({ ...query, sql: readableChar(query.sql) })),
    });
  }

  /** The engine leaves its connections open, and a lock on one of them. */
  async close(): Promise<void> {
    for (const pool of this.#pools.splice(0)) await pool.end();
  }
}

// The engine asks for these as PostgreSQL's one-byte "char", a type that the adapter cannot read.
const charColumns = new Set(["constraint_type", "confdeltype", "confupdtype"]);

function readableChar(sql: string): string {
  return sql
    .replace("constr.contype AS constraint_type", "constr.contype::text AS constraint_type")
    .replaceAll(/\bcon\.(confdeltype|confupdtype),/g, "con.$1::text AS $1,");
}

function asChar(result: SqlResultSet): SqlResultSet {
  const columnTypes = result.columnTypes.map((type, at) =>
    charColumns.has(result.columnNames[at] ?? "") ? ColumnTypeEnum.Character : type,
  );
  return { ...result, columnTypes };
}
