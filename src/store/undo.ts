import type { AddressState } from "../domain/fold.ts";
import type { ContactFacts } from "../domain/plan.ts";
import { refold } from "./apply.ts";
import { insertAssertions } from "./assertions.ts";
import { type LockedBook, lockBook } from "./book.ts";
import type { Database, Transaction } from "./client.ts";
import { gatherOne } from "./gather.ts";

/** What an undo came to. `why` is a sentence for the person who asked. */
export type UndoResult =
  | { readonly kind: "done"; readonly changeId: string }
  | { readonly kind: "not-found" }
  | { readonly kind: "already-undone"; readonly by: string }
  | { readonly kind: "conflict"; readonly why: string };

export interface UndoOptions {
  /** Undo although the address changed since. */
  readonly force: boolean;
  /** The name of the key that asked, for the history. */
  readonly actor: string;
}

interface Undo {
  readonly change: NonNullable<Awaited<ReturnType<typeof findChange>>>;
  readonly contact: ContactFacts;
  readonly options: UndoOptions;
}

/**
 * Puts an address back to what it was before a change. That is a new assertion and a change of its own, so the same old
 * evidence does not act again.
 */
export async function undoChange(
  db: Database,
  bookId: string,
  changeId: string,
  options: UndoOptions,
): Promise<UndoResult> {
  try {
    return await db.$transaction(async (tx) => {
      const book = await lockBook(tx, bookId);
      const change = await findChange(tx, book, changeId);
      if (change === null) return { kind: "not-found" };
      if (change.undoneBy !== null) return { kind: "already-undone", by: change.undoneBy.id };
      const undo = { change, contact: await gatherOne(tx, book, change.contactId), options };
      return change.addressId === null
        ? await undoArchive(tx, book, undo)
        : await undoAddressChange(tx, book, undo);
    });
  } catch (error) {
    if (!(error instanceof NothingToUndo)) throw error;
    return { kind: "conflict", why: "The address is what it was before the change already" };
  }
}

/** Rolls the transaction back: the undo would change nothing that anybody sees. */
class NothingToUndo extends Error {}

async function findChange(tx: Transaction, book: LockedBook, id: string) {
  const include = { undoneBy: { select: { id: true } } } as const;
  return tx.change.findFirst({ where: { id, bookId: book.id }, include });
}

/** Only a person's archive is undone as such; a contact that was emptied comes back with its address. */
async function undoArchive(tx: Transaction, book: LockedBook, undo: Undo): Promise<UndoResult> {
  const { change, contact } = undo;
  if (change.kind !== "archived" || contact.archivedBy === "empty") {
    return {
      kind: "conflict",
      why: "The contact follows its addresses: undo the change of its address instead",
    };
  }
  if (contact.archivedBy !== "person")
    return { kind: "conflict", why: "The contact is not archived any more" };
  return finish(tx, book, undo, new Map([[contact.id, false]]));
}

async function undoAddressChange(tx: Transaction, book: LockedBook, undo: Undo): Promise<UndoResult> {
  const { change, contact, options } = undo;
  const address = contact.addresses.find(({ id }) => id === change.addressId);
  const state = stateBefore(change);
  if (state === null) {
    const why = "Another address came to its place, or left it: undo the change of that one instead";
    return { kind: "conflict", why };
  }
  const now = address?.seen ?? null;
  if (!options.force && (now?.uri !== change.afterUri || now.state !== change.afterState)) {
    return {
      kind: "conflict",
      why: `The address changed since: it is ${now?.uri ?? "unknown"}, ${now?.state ?? ""}`,
    };
  }
  const made = changedTogether(undo).map((addressId) => ({ addressId, ...state, at: null }));
  await insertAssertions(tx, book, contact, { made, madeBy: "undo" });
  return finish(tx, book, undo);
}

/** Null where the address itself stayed as it was, and was only hidden or shown because of another one. */
function stateBefore({ beforeUri, beforeKey, beforeState, afterUri, afterKey, afterState }: Undo["change"]) {
  const before = toState(beforeUri, beforeKey, beforeState);
  const after = toState(afterUri, afterKey, afterState);
  if (after === null) return null;
  if (before === null) return { ...after, status: "removed" as const };
  const isSame = before.key === after.key && before.uri === after.uri;
  return isSame && (beforeState === "merged" || afterState === "merged") ? null : before;
}

function toState(uri: string | null, key: string | null, state: string | null): AddressState | null {
  if (uri === null || key === null || state === null) return null;
  return { uri, key, status: state === "gone" || state === "removed" ? state : "active" };
}

/** The address, and the hidden ones of its key that the same event or command changed with it. A merge is its own. */
function changedTogether({ change, contact }: Undo): readonly string[] {
  const address = contact.addresses.find(({ id }) => id === change.addressId);
  const baseAt = baseTimeOf(contact, change.addressId);
  const together = contact.addresses.filter(
    ({ id, seen, lineage }) =>
      seen?.state === "merged" &&
      seen.key === address?.seen?.key &&
      (change.eventId === null
        ? baseTimeOf(contact, id) === baseAt
        : lineage.some(({ eventId }) => eventId === change.eventId)),
  );
  return [...new Set([address, ...together].flatMap((each) => (each === undefined ? [] : [each.id])))];
}

const baseTimeOf = ({ assertions }: ContactFacts, addressId: string | null): number | null =>
  assertions.findLast((assertion) => assertion.addressId === addressId)?.at ?? null;

async function finish(
  tx: Transaction,
  book: LockedBook,
  { change, contact, options }: Undo,
  archive?: ReadonlyMap<string, boolean>,
): Promise<UndoResult> {
  const { id: changeId, addressId } = change;
  const changes = await refold(tx, book, {
    causes: new Map([[contact.id, { kind: "undo" as const }]]),
    touched: {
      contactIds: new Set([contact.id]),
      undo: { changeId, addressId, forced: options.force },
      actor: options.actor,
    },
    affected: [],
    ...(archive === undefined ? {} : { archive }),
  });
  const made = changes.find((row) => row.addressId === addressId && row.cause.kind === "undo");
  if (made === undefined) throw new NothingToUndo();
  return { kind: "done", changeId: made.id };
}
