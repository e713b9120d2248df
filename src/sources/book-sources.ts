import { dialects, findDialect } from "../dialects/dialects.ts";
import type { Dialect } from "../dialects/shared/dialect.ts";
import type { Caller } from "../http/auth.ts";
import { Problem } from "../http/problem.ts";
import type { Database } from "../store/client.ts";
import { addMissingSources, findSource, type SourceRow } from "../store/sources/sources.ts";

/** The source of this name, null if the book does not have it. A dialect's own source is made when it is first named. */
export async function openSource(db: Database, bookId: string, name: string): Promise<SourceRow | null> {
  const source = await findSource(db, bookId, name);
  if (source !== null) return source;
  const dialect = findDialect(name);
  if (dialect === null) return null;
  await addMissingSources(db, bookId, [sourceOfDialect(dialect)]);
  return findSource(db, bookId, name);
}

/** Makes the sources of all dialects that the book lacks: a list of its sources names them all. */
export async function addDialectSources(db: Database, bookId: string): Promise<void> {
  await addMissingSources(db, bookId, dialects.map(sourceOfDialect));
}

const sourceOfDialect = ({ name, firstMode }: Dialect) => ({ name, dialect: name, mode: firstMode });

/** The source that a path names. Throws not-found. */
export async function sourceOf(db: Database, { book }: Caller, name: string): Promise<SourceRow> {
  const source = await openSource(db, book.id, name);
  if (source === null) throw noSuchSource();
  return source;
}

export const noSuchSource = () => new Problem("not-found", "Source not found in this book");
