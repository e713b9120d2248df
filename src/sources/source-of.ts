import type { Caller } from "../http/auth.ts";
import { Problem } from "../http/problem.ts";
import type { Database } from "../store/client.ts";
import { findSource, type SourceRow } from "../store/sources/sources.ts";

/** The source that a path names. Throws not-found. */
export async function sourceOf(db: Database, { book }: Caller, name: string): Promise<SourceRow> {
  const source = await findSource(db, book.id, name);
  if (source === null) throw noSuchSource();
  return source;
}

export const noSuchSource = () => new Problem("not-found", "The book has no such source");
