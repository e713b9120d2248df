import { createHash } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import type { Database } from "../client.ts";
import { Prisma } from "../generated/client.ts";

/** A request that could not be parsed, without its body. */
export interface UnparsedRow {
  readonly id: string;
  readonly contentType: string;
  /** Bytes of the body. */
  readonly size: number;
  /** The latest answer to the PBX. */
  readonly problem: unknown;
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** The request as its dialect reads it. */
interface UnparsedRequest {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
}

export type WholeUnparsed = UnparsedRow & UnparsedRequest;

/** Most requests stored per source, the latest ones, and most bytes of their bodies. */
const max = { requests: 1000, bytes: 64 * 1024 * 1024 };

/** Stores a request, or counts a repeat of a stored one. Deletes the oldest ones beyond `max`. Returns its id. */
export async function keepUnparsed(
  db: Database,
  sourceId: string,
  { contentType, headers, query, body }: UnparsedRequest,
  problem: unknown,
): Promise<string> {
  const content = JSON.stringify([contentType, query, body]);
  const hash = createHash("sha256").update(content).digest("hex");
  const [kept] = await db.$queryRaw<{ id: string; times: number }[]>`
    insert into unparsed as u (id, source_id, hash, content_type, headers, query, body, problem, first_at, last_at)
    select ${uuidv7()}::uuid, ${sourceId}::uuid, ${hash}, ${contentType}, ${JSON.stringify(headers)}::jsonb,
      ${JSON.stringify(query)}::jsonb, ${body}, ${JSON.stringify(problem)}::jsonb, now, now
    from (select date_trunc('milliseconds', clock_timestamp()) as now) clock
    on conflict (source_id, hash) do update
      set times = least(u.times, 2147483646) + 1, last_at = excluded.last_at, problem = excluded.problem
    returning id, times`;
  if (kept === undefined) throw new Error("An unparsed request was neither stored nor counted");
  if (kept.times === 1) await trimUnparsed(db, sourceId);
  return kept.id;
}

// `skip locked`: concurrent deletes cannot deadlock.
async function trimUnparsed(db: Database, sourceId: string): Promise<void> {
  await db.$executeRaw`
    delete from unparsed where id in (
      select id from unparsed where id in (
        select id from (
          select id, row_number() over newest as place, sum(octet_length(body)) over newest as bytes
          from unparsed where source_id = ${sourceId}::uuid
          window newest as (order by last_at desc, id desc)
        ) ranked
        where place > ${max.requests} or (bytes > ${max.bytes} and place > 1)
      )
      for update skip locked
    )`;
}

/** The end of a page: lastAt in milliseconds, and id. */
interface UnparsedPosition {
  readonly at: number;
  readonly id: string;
}

/** Latest first, by lastAt and id; at most `limit`. */
export async function listUnparsed(
  db: Database,
  sourceId: string,
  { after, limit }: { readonly after: UnparsedPosition | null; readonly limit: number },
): Promise<readonly UnparsedRow[]> {
  const older =
    after === null
      ? Prisma.empty
      : Prisma.sql`and (last_at, id) < (${new Date(after.at)}, ${after.id}::uuid)`;
  return db.$queryRaw<UnparsedRow[]>`
    select ${columns} from unparsed where source_id = ${sourceId}::uuid ${older}
    order by last_at desc, id desc limit ${limit}`;
}

/** With bodies, in order of first receipt, after the id `after`; at most `limit`. */
export async function readUnparsed(
  db: Database,
  sourceId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly WholeUnparsed[]> {
  const later = after === null ? Prisma.empty : Prisma.sql`and id > ${after}::uuid`;
  return db.$queryRaw<WholeUnparsed[]>`
    select ${columns}, headers, query, body from unparsed where source_id = ${sourceId}::uuid ${later}
    order by id limit ${limit}`;
}

/** Null: request not found. */
export async function findUnparsed(
  db: Database,
  sourceId: string,
  id: string,
): Promise<WholeUnparsed | null> {
  const [row] = await db.$queryRaw<WholeUnparsed[]>`
    select ${columns}, headers, query, body from unparsed where source_id = ${sourceId}::uuid and id = ${id}::uuid`;
  return row ?? null;
}

/** False: request not found. */
export async function dropUnparsed(db: Database, sourceId: string, id: string): Promise<boolean> {
  const { count } = await db.unparsed.deleteMany({ where: { id, sourceId } });
  return count > 0;
}

const columns = Prisma.sql`id, content_type as "contentType", octet_length(body) as size, problem, times,
  first_at as "firstAt", last_at as "lastAt"`;
