/** What an import would remove, and the limit for that. */
export interface RemovalLimit {
  /** Addresses. */
  readonly removed: number;
  /** Contacts that the file does not name. */
  readonly archived: number;
  /** Rows that could not be read, so they may name any contact. */
  readonly unread: number;
  /** The policy of the book, from 0 to 1. */
  readonly share: number;
  readonly limit: number;
}

/** A share of a small book rounds down to nothing, so 20 removals are always allowed, but never more than half the book. */
const fewAllowed = 20;

/** Most addresses that an import may remove from a book with `active` addresses. A share of 0 allows none. */
export function removalLimit(active: number, share: number): number {
  const few = share === 0 ? 0 : Math.min(fewAllowed, Math.ceil(active / 2));
  return Math.floor(Math.max(few, active * share));
}

/** A sentence that says why an import waits for a person to confirm it; null: it may proceed. */
export function whyStopped({ removed, archived, unread, share, limit }: RemovalLimit): string | null {
  const addresses = `${removed} active ${removed === 1 ? "address" : "addresses"}`;
  const contacts =
    archived === 0 ? "" : ` and archive ${archived} ${archived === 1 ? "contact" : "contacts"}`;
  if (Math.max(removed, archived) > limit) {
    return (
      `It would remove ${addresses}${contacts}; the limit is ${limit}: ` +
      `${share * 100} % of the book's active addresses, or in a small book ${fewAllowed}, at most half of it`
    );
  }
  if (archived > 0 && unread > 0) {
    return (
      `It would remove ${addresses}${contacts} that the file does not name, ` +
      `but ${unread} of its rows cannot be read and may name them`
    );
  }
  return null;
}
