import { createHash, randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { defaultBookId } from "./books.ts";
import type { Database } from "./client.ts";
import type { Key, Prisma } from "./generated/client.ts";
import type { EmptyContact, KeyScope } from "./generated/enums.ts";

/** The admin key of the configuration is always this row. A new secret replaces the old one. */
const adminKeyId = "01936d00-0000-7000-8000-000000000010";

export type KeyRow = Prisma.KeyGetPayload<{ select: typeof keyFields }>;

/** A key that was found by its secret, with its book. */
export type FoundKey = Pick<Key, "id" | "name" | "scopes" | "sourceId" | "expiresAt" | "revokedAt"> & {
  /** By the database's clock, which all processes share. */
  readonly expired: boolean;
  readonly bookId: string;
  readonly bookName: string;
  readonly emptyContact: EmptyContact;
};

interface NewKey extends Pick<Key, "name" | "sourceId" | "expiresAt"> {
  readonly scopes: readonly KeyScope[];
}

/** A random key: 32 bytes, in base64url. */
export const makeSecret = (): string => `sbk_${randomBytes(32).toString("base64url")}`;

/** Only this hash of a key is stored. A fast hash is enough, because a key has 256 random bits. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

const keyFields = {
  id: true,
  name: true,
  scopes: true,
  source: { select: { name: true } },
  createdAt: true,
  expiresAt: true,
  revokedAt: true,
} as const;

/** Returns the secret this one time: it is not stored. */
export async function createKey(
  db: Database,
  bookId: string,
  { scopes, ...fields }: NewKey,
): Promise<{ readonly key: KeyRow; readonly secret: string }> {
  const secret = makeSecret();
  const key = await db.key.create({
    data: { ...fields, scopes: [...scopes], id: uuidv7(), bookId, hash: hashSecret(secret) },
    select: keyFields,
  });
  return { key, secret };
}

/** By id, which is the order of creation; at most `limit`. */
export async function listKeys(
  db: Database,
  bookId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly KeyRow[]> {
  return db.key.findMany({
    where: { bookId, ...(after === null ? {} : { id: { gt: after } }) },
    orderBy: { id: "asc" },
    take: limit,
    select: keyFields,
  });
}

/** False: key not found. A second revocation keeps the time of the first. */
export async function revokeKey(db: Database, bookId: string, id: string): Promise<boolean> {
  const found = await db.$executeRaw`
    update keys set revoked_at = coalesce(revoked_at, now()) where id = ${id}::uuid and book_id = ${bookId}::uuid`;
  return found > 0;
}

/** One indexed query: it runs on every request. */
export async function findKey(db: Database, hash: string): Promise<FoundKey | null> {
  const [key] = await db.$queryRaw<FoundKey[]>`
    select k.id, k.name, k.scopes::text[] as scopes, k.source_id as "sourceId", k.expires_at as "expiresAt",
      k.revoked_at as "revokedAt", coalesce(k.expires_at <= now(), false) as expired,
      b.id as "bookId", b.name as "bookName", b.empty_contact::text as "emptyContact"
    from keys k join books b on b.id = k.book_id
    where k.hash = ${hash}`;
  return key ?? null;
}

/** Makes `secret` the admin key of the default book. Replaces the one set before. */
export async function setAdminKey(db: Database, secret: string): Promise<void> {
  const key = {
    bookId: defaultBookId,
    name: "admin",
    scopes: ["admin" as const],
    sourceId: null,
    hash: hashSecret(secret),
    expiresAt: null,
    revokedAt: null,
  };
  await db.key.upsert({ where: { id: adminKeyId }, create: { id: adminKeyId, ...key }, update: key });
}

/** True if an admin key exists that is neither revoked nor expired. */
export async function hasAdminKey(db: Database): Promise<boolean> {
  const [row] = await db.$queryRaw<{ found: boolean }[]>`
    select exists (
      select from keys where 'admin' = any (scopes) and revoked_at is null and coalesce(expires_at > now(), true)
    ) as found`;
  return row?.found === true;
}
