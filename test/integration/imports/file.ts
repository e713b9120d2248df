import { setTimeout as sleep } from "node:timers/promises";
import type { ImportBody, ImportRowBody } from "../../../src/wire/book/imports.ts";
import { shapes } from "../../../src/wire/shapes.ts";
import { type Answer, bodyAs } from "../../support/pages/contract.ts";
import { type Book, expectStatus, pageOf } from "../../support/service.ts";

/** Sends a file, as CSV by default. */
export async function sendFile(
  book: Book,
  file: string,
  query: Readonly<Record<string, string>> = {},
  type = "text/csv",
): Promise<Answer> {
  const headers = { "content-type": type };
  return book.post(`/v1/imports?${new URLSearchParams(query).toString()}`, { body: file, headers });
}

/** Sends a file and waits until its import is done, failed, or waits for a confirmation. */
export async function importFile(
  book: Book,
  file: string,
  query: Readonly<Record<string, string>> = {},
): Promise<ImportBody> {
  const { id } = bodyAs(shapes.Import, expectStatus(202, await sendFile(book, file, query)));
  return settled(book, id);
}

/** The import, as soon as no worker has work left on it. */
export async function settled(book: Book, id: string): Promise<ImportBody> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
    const found = bodyAs(shapes.Import, await book.get(`/v1/imports/${id}`));
    if (["checked", "stopped", "done", "failed", "undone"].includes(found.state)) return found;
  }
  throw new Error(`Import ${id} did not come to its end`);
}

export async function rowsOf(book: Book, id: string, outcome?: string): Promise<readonly ImportRowBody[]> {
  const query = outcome === undefined ? "" : `?outcome=${outcome}`;
  return bodyAs(pageOf("ImportRow"), await book.get(`/v1/imports/${id}/rows${query}`)).items;
}

/** Undoes an import and waits until that is done. */
export async function undoImport(book: Book, id: string): Promise<ImportBody> {
  expectStatus(202, await book.post(`/v1/imports/${id}/undo`));
  return settled(book, id);
}

/** Each contact of the book that is not archived, as `name: uri, uri`. */
export async function contactsOf(book: Book): Promise<readonly string[]> {
  const { items } = bodyAs(pageOf("Contact"), await book.get("/v1/contacts?archived=false&limit=500"));
  return items
    .map(
      ({ name, addresses }) =>
        `${name}: ${addresses
          .map(({ uri }) => uri)
          .toSorted()
          .join(", ")}`,
    )
    .toSorted();
}
