import type { EmptyContact } from "../../domain/rules/policy.ts";
import type { Database } from "../client.ts";
import type { Prisma } from "../generated/client.ts";

/** A secret as the API shows it. `expiresAt` null: valid until it is replaced. */
export type SourceSecretRow = Prisma.SourceSecretGetPayload<{ select: typeof secretFields }>;

interface SealedSecret {
  readonly id: string;
  readonly sealed: Uint8Array;
}

/** A source whose requests may be signed. */
export interface SecretsOfSource {
  readonly sourceId: string;
  readonly dialect: string;
  readonly book: { readonly id: string; readonly name: string; readonly emptyContact: EmptyContact };
  /** One or two, newest first. */
  readonly secrets: readonly SealedSecret[];
}

const secretFields = { id: true, createdAt: true, expiresAt: true } as const;

/** The previous secret stays valid for `keepPreviousSeconds`; older ones are deleted. */
export async function addSourceSecret(
  db: Database,
  sourceId: string,
  { id, sealed }: { readonly id: string; readonly sealed: Uint8Array<ArrayBuffer> },
  keepPreviousSeconds: number,
): Promise<SourceSecretRow> {
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`select from sources where id = ${sourceId}::uuid for no key update`;
    await tx.$executeRaw`
      delete from source_secrets where source_id = ${sourceId}::uuid and id is distinct from (
        select id from source_secrets
        where source_id = ${sourceId}::uuid and coalesce(expires_at > now(), true)
        order by id desc limit 1)`;
    await tx.$executeRaw`
      update source_secrets set expires_at = least(expires_at, now() + make_interval(secs => ${keepPreviousSeconds}))
      where source_id = ${sourceId}::uuid`;
    return tx.sourceSecret.create({ data: { id, sourceId, sealed }, select: secretFields });
  });
}

/** The valid ones, newest first; at most two. */
export async function listSourceSecrets(db: Database, sourceId: string): Promise<readonly SourceSecretRow[]> {
  return db.$queryRaw<SourceSecretRow[]>`
    select id, created_at as "createdAt", expires_at as "expiresAt" from source_secrets
    where source_id = ${sourceId}::uuid and coalesce(expires_at > now(), true) order by id desc`;
}

/** False: secret not found. */
export async function deleteSourceSecret(db: Database, sourceId: string, id: string): Promise<boolean> {
  const { count } = await db.sourceSecret.deleteMany({ where: { id, sourceId } });
  return count > 0;
}

/** One indexed query. Null: source not found, or it has no secret; a stranger must not learn which. */
export async function findSecretsOfSource(
  db: Database,
  bookName: string,
  sourceName: string,
): Promise<SecretsOfSource | null> {
  interface Row {
    readonly sourceId: string;
    readonly dialect: string;
    readonly bookId: string;
    readonly emptyContact: EmptyContact;
    readonly id: string;
    readonly sealed: Uint8Array;
  }
  const rows = await db.$queryRaw<Row[]>`
    select s.id as "sourceId", s.dialect, b.id as "bookId", b.empty_contact::text as "emptyContact", x.id, x.sealed
    from books b
    join sources s on s.book_id = b.id and s.name = ${sourceName}
    join source_secrets x on x.source_id = s.id and coalesce(x.expires_at > now(), true)
    where b.name = ${bookName}
    order by x.id desc limit 2`;
  const [first] = rows;
  if (first === undefined) return null;
  const { sourceId, dialect, bookId, emptyContact } = first;
  const secrets = rows.map(({ id, sealed }) => ({ id, sealed }));
  return { sourceId, dialect, book: { id: bookId, name: bookName, emptyContact }, secrets };
}
