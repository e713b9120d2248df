import { v7 as uuidv7 } from "uuid";
import type { Policy } from "../../domain/rules/policy.ts";
import type { Database, Transaction } from "../client.ts";
import { Prisma } from "../generated/client.ts";

export type SourceRow = Prisma.SourceGetPayload<object>;

/** Settings of a source that people can change. */
interface SourceSettings {
  readonly mode: Policy["mode"];
  readonly mapping: Readonly<Record<string, unknown>> | null;
  readonly paused: boolean;
  readonly trustedPath: boolean;
}

/** Null: the name is taken. */
export async function createSource(
  db: Database,
  bookId: string,
  { name, dialect, mode, mapping, paused, trustedPath }: SourceSettings & NamedDialect,
): Promise<SourceRow | null> {
  const [source] = await db.$queryRaw<SourceRow[]>`
    insert into sources (id, book_id, name, dialect, mode, mapping, paused_at, trusted_path)
    values (${uuidv7()}::uuid, ${bookId}::uuid, ${name}, ${dialect}, ${mode}::source_mode, ${toJson(mapping)}::jsonb,
      case when ${paused}::boolean then ${now} end, ${trustedPath})
    on conflict (book_id, name) do nothing
    returning ${columns}`;
  return source ?? null;
}

interface NamedDialect {
  readonly name: string;
  readonly dialect: string;
}

/** Creates each source that the book lacks; existing ones stay as they are. */
export async function addMissingSources(
  db: Database,
  bookId: string,
  sources: readonly (NamedDialect & Pick<SourceSettings, "mode">)[],
): Promise<void> {
  const data = sources.map((source) => ({ id: uuidv7(), bookId, ...source }));
  await db.source.createMany({ data, skipDuplicates: true });
}

export async function findSource(db: Database, bookId: string, name: string): Promise<SourceRow | null> {
  return db.source.findUnique({ where: { bookId_name: { bookId, name } } });
}

export async function findSourceById(db: Database, id: string): Promise<SourceRow | null> {
  return db.source.findUnique({ where: { id } });
}

/** By name; at most `limit`. */
export async function listSources(
  db: Database,
  bookId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly SourceRow[]> {
  return db.source.findMany({
    where: { bookId, ...(after === null ? {} : { name: { gt: after } }) },
    orderBy: { name: "asc" },
    take: limit,
  });
}

/** `refused`: with the new settings the source would break a rule, so nothing was written. */
type SourceChange =
  | { readonly kind: "changed"; readonly source: SourceRow }
  | { readonly kind: "refused"; readonly wanted: SettledSource };

/** The settings that must fit together. */
export interface SettledSource extends Pick<SourceRow, "dialect" | "mode" | "trustedPath"> {
  readonly mapping: unknown;
}

/**
 * Sets the given settings and leaves the others. A new mode or mapping applies to events received from now on. `fits` is
 * asked about the settings as they would be, while the source is locked: of two racing changes the second one sees the
 * first. Null: source not found.
 */
export async function changeSource(
  db: Database,
  bookId: string,
  name: string,
  settings: Partial<Nullable<SourceSettings>>,
  fits: (wanted: SettledSource) => boolean,
): Promise<SourceChange | null> {
  return db.$transaction(async (tx) => {
    const [before] = await tx.$queryRaw<SourceRow[]>`
      select ${columns} from sources where book_id = ${bookId}::uuid and name = ${name} for update`;
    if (before === undefined) return null;
    const { mode, mapping, trustedPath } = settings;
    const wanted = {
      dialect: before.dialect,
      mode: mode ?? before.mode,
      mapping: mapping === undefined ? before.mapping : mapping,
      trustedPath: trustedPath ?? before.trustedPath,
    };
    if (!fits(wanted)) return { kind: "refused", wanted };
    return { kind: "changed", source: await setSource(tx, before, settings) };
  });
}

async function setSource(
  tx: Transaction,
  { id }: SourceRow,
  { mode = null, mapping, paused = null, trustedPath = null }: Partial<Nullable<SourceSettings>>,
): Promise<SourceRow> {
  const [source] = await tx.$queryRaw<SourceRow[]>`
    update sources set mode = coalesce(${mode}::source_mode, mode),
      mapping = case when ${mapping !== undefined}::boolean then ${toJson(mapping ?? null)}::jsonb else mapping end,
      trusted_path = coalesce(${trustedPath}::boolean, trusted_path),
      paused_at = case when ${paused}::boolean is null then paused_at
        when ${paused}::boolean then coalesce(paused_at, ${now}) end
    where id = ${id}::uuid
    returning ${columns}`;
  if (source === undefined) throw new Error(`Source ${id} was deleted in spite of its lock`);
  return source;
}

type Nullable<T> = { readonly [K in keyof T]: T[K] | null };

const now = Prisma.sql`date_trunc('milliseconds', clock_timestamp())`;
const columns = Prisma.sql`id, book_id as "bookId", name, dialect, mode, mapping, paused_at as "pausedAt",
  trusted_path as "trustedPath", created_at as "createdAt"`;

const toJson = (mapping: SourceSettings["mapping"]) => (mapping === null ? null : JSON.stringify(mapping));
