import type { Caller } from "../../http/auth.ts";
import { Problem } from "../../http/problem.ts";
import { openSource } from "../../sources/book-sources.ts";
import type { Database } from "../../store/client.ts";
import { findSourceById, type SourceRow } from "../../store/sources/sources.ts";
import type { ReportingSource } from "./event-input.ts";

/** Whose name events of our own words have where they and the key name no other. */
const nativeSource = "default";

/** Who reports: about which book, and for which of its sources; null: for any. */
export interface Reporter {
  readonly book: Caller["book"];
  readonly key: Pick<Caller["key"], "sourceId">;
}

export type FoundSource = ReportingSource & SourceRow;

/** Throws source-paused: a PBX that can wait keeps what it has, and sends it when the source goes on. */
export function refusePaused({ name, pausedAt }: Pick<SourceRow, "name" | "pausedAt">): void {
  if (pausedAt === null) return;
  const detail = `The source ${name} is paused since ${pausedAt.toISOString()}. Nothing was taken: send it again later`;
  throw new Problem("source-paused", detail, { headers: { "retry-after": "60" } });
}

/** The source that an event names, else the key's own, else `default`; or why the caller may not speak for it. */
export async function findReportingSource(
  db: Database,
  { book, key }: Reporter,
  name: string | null,
  pointer: string,
): Promise<FoundSource | Problem> {
  const own = key.sourceId !== null && name === null ? await findSourceById(db, key.sourceId) : null;
  const source = own ?? (await openSource(db, book.id, name ?? nativeSource));
  if (source === null) {
    const errors = [{ pointer, detail: "must be the name of a source of the book" }];
    return new Problem("invalid-input", "There is no such source", { errors });
  }
  if (key.sourceId !== null && key.sourceId !== source.id) {
    return new Problem("forbidden", `The key speaks for another source than ${source.name}`);
  }
  return { ...source, bookId: book.id };
}
