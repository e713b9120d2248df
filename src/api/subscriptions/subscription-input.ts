import { invalidField, Problem } from "../../http/problem.ts";
import { openSource } from "../../sources/book-sources.ts";
import type { Database } from "../../store/client.ts";
import { findWholeExtent } from "../../store/feed/extent.ts";
import type { Vault } from "../../vault/vault.ts";
import type { Outbound } from "../../webhooks/outbound.ts";
import { findUrlFault } from "../../webhooks/url.ts";

/** Throws secret-key-missing without SIPBOOK_SECRET_KEY. */
export function requireVault({ vault }: Outbound): Vault {
  if (vault !== null) return vault;
  throw new Problem(
    "secret-key-missing",
    "Secrets are stored encrypted: set SIPBOOK_SECRET_KEY for the API and the workers",
  );
}

/** Throws invalid-input for an invalid URL, and for a host that webhooks may not reach. */
export async function checkUrl({ sender }: Outbound, url: string | undefined): Promise<void> {
  if (url === undefined) return;
  const fault = findUrlFault(url) ?? (await sender.check(url));
  if (fault !== null) throw invalidField("/url", fault);
}

/** Throws invalid-input for a source that the book does not have. */
export async function checkSources(
  db: Database,
  bookId: string,
  names: readonly string[] = [],
): Promise<void> {
  for (const [i, name] of names.entries()) {
    if ((await openSource(db, bookId, name)) === null) {
      throw invalidField(`/sources/${i}`, "must be the name of a source of the book");
    }
  }
}

/**
 * Throws invalid-input for a sequence after which changes are no longer kept, or that is ahead of the book, or ahead of
 * `cursor` while that can still be continued from: changes would be skipped.
 */
export async function checkSequence(
  db: Database,
  bookId: string,
  { pointer, value }: { readonly pointer: string; readonly value: number | undefined },
  cursor?: number,
): Promise<void> {
  if (value === undefined) return;
  const { trimmedTo: from, last } = await findWholeExtent(db, bookId);
  if (value < from) throw invalidField(pointer, `is too old: changes are kept after ${from}`);
  if (value > last) throw invalidField(pointer, `is ahead of the book: its last change is ${last}`);
  if (cursor !== undefined && cursor >= from && value > cursor) {
    throw invalidField(
      pointer,
      `is ahead of the subscription, which is at ${cursor}: the changes between would be skipped`,
    );
  }
}
