/** What an import would take away, and how much of it is let pass. */
export interface RemovalLimit {
  /** Addresses. */
  readonly removed: number;
  /** Contacts that the file does not name. */
  readonly archived: number;
  /** Rows of which nobody knows whom they name. */
  readonly unread: number;
  /** The policy of the book, from 0 to 1. */
  readonly share: number;
  readonly limit: number;
}

/** In a small book a share of it is none: so few may go there all the same, but not more than half of the book. */
const fewAllowed = 20;

/** How many addresses an import may remove of so many active ones. A share of 0 lets none go. */
export function removalLimit(active: number, share: number): number {
  const few = share === 0 ? 0 : Math.min(fewAllowed, Math.ceil(active / 2));
  return Math.floor(Math.max(few, active * share));
}

/** Why an import waits for a person's word, in a sentence; null: it may go on. */
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
