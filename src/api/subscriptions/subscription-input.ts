import { Problem } from "../../http/problem.ts";
import { openSource } from "../../sources/book-sources.ts";
import type { Database } from "../../store/client.ts";
import { findWholeExtent } from "../../store/feed/extent.ts";
import type { Vault } from "../../vault/vault.ts";
import type { Outbound } from "../../webhooks/outbound.ts";
import { findUrlFault } from "../../webhooks/url.ts";

/** Throws secret-key-missing where nothing can be kept secret. */
export function requireVault({ vault }: Outbound): Vault {
  if (vault !== null) return vault;
  throw new Problem(
    "secret-key-missing",
    "A secret is kept encrypted: set SIPBOOK_SECRET_KEY, for the API and the workers alike",
  );
}

/** Throws invalid-input for what is no URL to post to, and for one that leads where webhooks may not go. */
export async function checkUrl({ sender }: Outbound, url: string | undefined): Promise<void> {
  if (url === undefined) return;
  const fault = findUrlFault(url) ?? (await sender.check(url));
  if (fault !== null) throw invalid("/url", fault);
}

/** Throws invalid-input for a source that the book does not have. */
export async function checkSources(
  db: Database,
  bookId: string,
  names: readonly string[] = [],
): Promise<void> {
  for (const [i, name] of names.entries()) {
    if ((await openSource(db, bookId, name)) === null) {
      throw invalid(`/sources/${i}`, "must be the name of a source of the book");
    }
  }
}

/**
 * Throws invalid-input for a sequence after which the history is not whole, or that is not reached yet, by a cursor that
 * can go on either: changes would be left out.
 */
export async function checkSequence(
  db: Database,
  bookId: string,
  { pointer, value }: { readonly pointer: string; readonly value: number | undefined },
  cursor?: number,
): Promise<void> {
  if (value === undefined) return;
  const { trimmedTo: from, last } = await findWholeExtent(db, bookId);
  if (value < from) throw invalid(pointer, `is older than what is kept, which begins after ${from}`);
  if (value > last) throw invalid(pointer, `is ahead of the book, whose last change is ${last}`);
  if (cursor !== undefined && cursor >= from && value > cursor) {
    throw invalid(
      pointer,
      `is ahead of the subscription, which has come to ${cursor}: what is between would be left out`,
    );
  }
}

function invalid(pointer: string, detail: string): Problem {
  return new Problem("invalid-input", `${pointer.slice(1)} ${detail}`, { errors: [{ pointer, detail }] });
}
