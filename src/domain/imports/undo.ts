import type { ContactFacts } from "../changes/plan.ts";
import { changedTogether, type SeenBetween, stateBefore } from "../changes/undo.ts";
import type { AddressState } from "../fold/fold.ts";

/** A row of history that the import wrote. In order of sequence. */
export interface ImportedChange extends SeenBetween {
  readonly id: string;
  /** Null: about the contact itself. */
  readonly addressId: string | null;
  readonly kind: string;
  readonly eventId: string | null;
  /** Already undone: by this undo, which was interrupted and resumed, or by another one. */
  readonly undone: "by-this" | "by-another" | null;
}

export interface UndoInput {
  readonly contact: ContactFacts;
  readonly changes: readonly ImportedChange[];
  readonly isCreated: boolean;
  /** Who had archived the contact before the import. */
  readonly archivedBefore: "person" | "empty" | null;
}

export interface UndoPlan {
  /** The former state of each address. */
  readonly assert: readonly (AddressState & { readonly addressId: string })[];
  /** The change that each undo undoes, by address, or by contact. */
  readonly undoes: ReadonlyMap<string, string>;
  /** To archive the contact or bring it back; null: neither. */
  readonly archive: boolean | null;
  /** Why something is left as it is: it changed after the import. */
  readonly conflicts: readonly string[];
}

/**
 * Plans the undo of what an import did to a contact. Each address gets back the state before the import's first change,
 * unless it has changed since the import's last one. No clock, no I/O.
 */
export function planImportUndo({ contact, changes, isCreated, archivedBefore }: UndoInput): UndoPlan {
  const byAddress = Map.groupBy(changes, ({ addressId }) => addressId);
  const undone = [...byAddress].flatMap(([addressId, made]) =>
    addressId === null ? [] : [undoOne(contact, addressId, made)],
  );
  const conflicts = undone.flatMap(({ conflict }) => conflict ?? []);
  const assert = undone.flatMap((each) => each.assert);
  const undoes = new Map(undone.flatMap(({ undoes: one }) => (one === null ? [] : [one])));
  const back = undoArchive(contact, byAddress.get(null)?.at(-1), archivedBefore);
  if (back.changeId !== null) undoes.set(contact.id, back.changeId);
  if (!isCreated) {
    const all = back.conflict === null ? conflicts : [...conflicts, back.conflict];
    return { assert, undoes, archive: back.archive, conflicts: all };
  }
  const left = contact.addresses.filter(
    ({ id, seen }) =>
      seen?.state === "active" &&
      !assert.some(({ addressId, status }) => addressId === id && status === "removed"),
  );
  const stays = left.length > 0 && conflicts.length === 0 ? ["The contact has other addresses since"] : [];
  const archive =
    left.length === 0 && conflicts.length === 0 && contact.archivedBy !== "person" ? true : null;
  return { assert, undoes, archive, conflicts: [...conflicts, ...stays] };
}

interface AddressUndo {
  readonly assert: UndoPlan["assert"];
  readonly undoes: readonly [string, string] | null;
  readonly conflict: string | null;
}

function undoOne(contact: ContactFacts, addressId: string, made: readonly ImportedChange[]): AddressUndo {
  const noUndo: AddressUndo = { assert: [], undoes: null, conflict: null };
  const [first, last] = [made[0], made.at(-1)];
  if (first === undefined || last === undefined || last.undone === "by-this") return noUndo;
  const { beforeUri, beforeKey, beforeState } = first;
  const state = stateBefore({ ...last, beforeUri, beforeKey, beforeState });
  if (state === null) return noUndo;
  if (last.undone !== null) return { ...noUndo, conflict: "A change of it is undone already" };
  const now = contact.addresses.find(({ id }) => id === addressId)?.seen ?? null;
  if (now?.uri !== last.afterUri || now.state !== last.afterState) {
    return { ...noUndo, conflict: "An address changed since" };
  }
  const ids = changedTogether(contact, last);
  return {
    assert: ids.map((id) => ({ addressId: id, ...state })),
    undoes: [addressId, last.id],
    conflict: null,
  };
}

function undoArchive(
  { archivedBy }: ContactFacts,
  change: ImportedChange | undefined,
  archivedBefore: UndoInput["archivedBefore"],
): { readonly archive: boolean | null; readonly changeId: string | null; readonly conflict: string | null } {
  const untouched = { archive: null, changeId: null, conflict: null };
  if (change === undefined || change.undone === "by-this") return untouched;
  if (change.undone !== null) return { ...untouched, conflict: "A change of it is undone already" };
  switch (change.kind) {
    case "archived":
      if (archivedBy === "person") return { archive: false, changeId: change.id, conflict: null };
      return archivedBy === null ? { ...untouched, conflict: "It was brought back since" } : untouched;
    case "restored":
      // A contact that was archived because it was empty follows its addresses.
      if (archivedBefore !== "person") return untouched;
      if (archivedBy === null) return { archive: true, changeId: change.id, conflict: null };
      return { ...untouched, conflict: "It was archived since" };
    default:
      return untouched;
  }
}
