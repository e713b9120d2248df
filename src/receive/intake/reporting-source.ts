import type { Caller } from "../../http/auth.ts";
import { Problem } from "../../http/problem.ts";
import { openSource } from "../../sources/book-sources.ts";
import type { Database } from "../../store/client.ts";
import { findSourceById, type SourceRow } from "../../store/sources/sources.ts";
import type { ReportingSource } from "./event-input.ts";

/** The source of POST /v1/events if neither the event nor the key names one. */
const nativeSource = "default";

/** The book that a caller reports about, and the source that its key is bound to (null: any source of the book). */
export interface Reporter {
  readonly book: Caller["book"];
  readonly key: Pick<Caller["key"], "sourceId">;
}

export type FoundSource = ReportingSource & SourceRow;

/** Throws source-paused. A PBX that can wait keeps its reports, and sends them when the source is resumed. */
export function refusePaused({ name, pausedAt }: Pick<SourceRow, "name" | "pausedAt">): void {
  if (pausedAt === null) return;
  const detail = `The source ${name} is paused since ${pausedAt.toISOString()}. Nothing was taken: send it again later`;
  throw new Problem("source-paused", detail, { headers: { "retry-after": "60" } });
}

/** The source that an event names, else the key's source, else `default`. A Problem if the caller may not report for it. */
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
    return new Problem("invalid-input", "Source not found in this book", { errors });
  }
  if (key.sourceId !== null && key.sourceId !== source.id) {
    return new Problem("forbidden", `The key speaks for another source than ${source.name}`);
  }
  return { ...source, bookId: book.id };
}
