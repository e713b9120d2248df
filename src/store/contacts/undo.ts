import type { ContactFacts } from "../../domain/changes/plan.ts";
import { changedTogether, stateBefore } from "../../domain/changes/undo.ts";
import { type LockedBook, lockBook } from "../book.ts";
import type { Database, Transaction } from "../client.ts";
import { refoldForEdit } from "../fold/apply.ts";
import { gatherOne } from "../fold/gather.ts";
import { insertAdditions, makeAssertions, withAdditions } from "./assertions.ts";

/** The result of an undo. `why` is a sentence for the person who asked. */
export type UndoResult =
  | { readonly kind: "done"; readonly changeId: string }
  | { readonly kind: "not-found" }
  | { readonly kind: "already-undone"; readonly by: string }
  | { readonly kind: "conflict"; readonly why: string };

interface UndoOptions {
  /** Undo even if the address has changed since. */
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
 * Restores an address as it was before a change. The undo is a new assertion and a change of its own, so the old
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
      const undo = { change, contact: await gatherOne(tx, change.contactId), options };
      return change.addressId === null
        ? await undoArchive(tx, book, undo)
        : await undoAddressChange(tx, book, undo);
    });
  } catch (error) {
    if (!(error instanceof NoEffect)) throw error;
    return { kind: "conflict", why: "The address is already as it was before the change" };
  }
}

/** Rolls the transaction back: the undo has no visible effect. */
class NoEffect extends Error {}

async function findChange(tx: Transaction, book: LockedBook, id: string) {
  const include = { undoneBy: { select: { id: true } } } as const;
  return tx.change.findFirst({ where: { id, bookId: book.id }, include });
}

/** Undoes the archive of a person. A contact that was archived as empty comes back with its address. */
async function undoArchive(tx: Transaction, book: LockedBook, undo: Undo): Promise<UndoResult> {
  const { change, contact } = undo;
  if (change.kind !== "archived" || contact.archivedBy === "empty") {
    return {
      kind: "conflict",
      why: "The contact was archived or restored with its address: undo the change of the address instead",
    };
  }
  if (contact.archivedBy !== "person") return { kind: "conflict", why: "The contact is no longer archived" };
  return finish(tx, book, undo, new Map([[contact.id, false]]));
}

async function undoAddressChange(tx: Transaction, book: LockedBook, undo: Undo): Promise<UndoResult> {
  const { change, contact, options } = undo;
  const address = contact.addresses.find(({ id }) => id === change.addressId);
  const state = stateBefore(change);
  if (state === null) {
    const why = "The address was hidden or shown because of another one: undo the change of that one instead";
    return { kind: "conflict", why };
  }
  const now = address?.seen ?? null;
  if (!options.force && (now?.uri !== change.afterUri || now.state !== change.afterState)) {
    return {
      kind: "conflict",
      why: `The address has changed since: it is now ${now?.uri ?? "unknown"}, ${now?.state ?? ""}`,
    };
  }
  const made = changedTogether(contact, change).map((addressId) => ({ addressId, ...state, at: null }));
  const additions = { contact, addresses: [], assertions: makeAssertions(book, contact, made) };
  await insertAdditions(tx, book, [additions], "undo");
  return finish(tx, book, { ...undo, contact: withAdditions(additions) });
}

async function finish(
  tx: Transaction,
  book: LockedBook,
  { change, contact, options }: Undo,
  archive?: ReadonlyMap<string, boolean>,
): Promise<UndoResult> {
  const { id: changeId, addressId } = change;
  const changes = await refoldForEdit(tx, book, {
    causes: new Map([[contact.id, { kind: "undo" as const }]]),
    known: [contact],
    undo: { changes: new Map([[addressId ?? contact.id, changeId]]), forced: options.force },
    actor: options.actor,
    ...(archive === undefined ? {} : { archive }),
  });
  const made = changes.find((row) => row.addressId === addressId && row.cause.kind === "undo");
  if (made === undefined) throw new NoEffect();
  return { kind: "done", changeId: made.id };
}
