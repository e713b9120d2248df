import { v7 as uuidv7 } from "uuid";
import { lockBook } from "../../src/store/book.ts";
import type { Database } from "../../src/store/client.ts";
import { appendHistory } from "../../src/store/fold/history-append.ts";
import type { TestBook } from "./book.ts";

/** Appends changes of a contact in one commit, as a command does. Each has a URI of the given length. */
export async function appendChanges(
  db: Database,
  book: Pick<TestBook, "id">,
  contactId: string,
  { count, uriLength = 30 }: { readonly count: number; readonly uriLength?: number },
): Promise<void> {
  const uri = `sip:alice@${"x".repeat(uriLength - 18)}.example`;
  const changes = Array.from({ length: count }, () => ({
    id: uuidv7(),
    contactId,
    addressId: null,
    kind: "asserted" as const,
    before: null,
    after: { uri, key: uri, state: "active" as const },
    cause: { kind: "person" as const },
  }));
  await db.$transaction(async (tx) => {
    await appendHistory(tx, await lockBook(tx, book.id), changes, { actor: "test" });
  });
}
