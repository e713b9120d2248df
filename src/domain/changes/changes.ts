import { appliedRows, type LineageRow, sharedLength } from "../fold/lineage.ts";
import { isVisible, looksSame, type Seen, seenAs } from "../fold/shown.ts";

export type ChangeKind =
  | "asserted"
  | "rewritten"
  | "removed"
  | "restored"
  | "merged"
  | "archived"
  | "corrected";

/** Who or what made a change: an event, or a command with the history row that it undoes. */
export type Cause =
  | { readonly kind: "event"; readonly eventId: string }
  | { readonly kind: "person" | "import" | "undo" };

/** A history row before it is written: what readers saw of an address before and after. `before` null: it is new. */
export interface ChangeDraft {
  readonly contactId: string;
  readonly addressId: string | null;
  readonly kind: ChangeKind;
  readonly before: Seen | null;
  readonly after: Seen | null;
  readonly cause: Cause;
}

/** One address before and after a refold. `before` is null for a new address. */
export interface Refold {
  readonly contactId: string;
  readonly addressId: string;
  readonly before: Seen | null;
  readonly after: Seen;
  readonly oldRows: readonly LineageRow[];
  readonly newRows: readonly LineageRow[];
  /** Cause of changes that no step of the new lineage explains: the command, or the event that triggered the refold. */
  readonly cause: Cause;
  /**
   * True if a late event rewrote the past of one of the contact's addresses. A sibling that reappears is then `corrected`,
   * not `restored`.
   */
  readonly isCorrection: boolean;
}

/**
 * The history of a refold. If the lineage only grew, or starts from a new assertion, each hop becomes a row. If the past
 * was rewritten, one correction leads from what readers saw to what they see now. A difference that readers cannot see is
 * not a change.
 */
export function changesOf(refold: Refold): readonly ChangeDraft[] {
  if (looksSame(refold.before, refold.after)) return [];
  const [oldRows, newRows] = [appliedRows(refold.oldRows), appliedRows(refold.newRows)];
  const shared = sharedLength(oldRows, newRows);
  const added = newRows.slice(shared);
  if (added.length === 0 && shared === oldRows.length) return [visibilityChange(refold)];
  const isCorrection = shared > 0 && shared < oldRows.length;
  return isCorrection ? [correction(refold, added)] : hops(refold, added);
}

/** True if a former step is missing from the new lineage, although both start from the same assertion. */
export function isRewritten({ oldRows, newRows }: Pick<Refold, "oldRows" | "newRows">): boolean {
  const before = appliedRows(oldRows);
  const shared = sharedLength(before, appliedRows(newRows));
  return shared > 0 && shared < before.length;
}

/** The steps of this address did not change: another address of its contact came to its key, or left it. */
function visibilityChange(refold: Refold): ChangeDraft {
  const { contactId, addressId, before, after, cause, isCorrection } = refold;
  const shown = isCorrection ? "corrected" : "restored";
  const kind = isVisible(after) ? shown : "merged";
  return { contactId, addressId, kind, before, after, cause };
}

function correction(refold: Refold, added: readonly LineageRow[]): ChangeDraft {
  const { contactId, addressId, before, after } = refold;
  const cause = causeOf(added[0], refold.cause);
  const kind = cause.kind === "event" ? "corrected" : kindOfCommand(after, cause.kind);
  return { contactId, addressId, kind, before, after, cause };
}

function hops(refold: Refold, added: readonly LineageRow[]): readonly ChangeDraft[] {
  const { contactId, addressId } = refold;
  return added
    .map((row, i) => {
      const previous = added[i - 1];
      const before = previous === undefined ? refold.before : seenAs(previous.state, false);
      const after = i === added.length - 1 ? refold.after : seenAs(row.state, false);
      const cause = causeOf(row, refold.cause);
      const kind = cause.kind === "event" ? kindOfEvent(before, after) : kindOfCommand(after, cause.kind);
      return { contactId, addressId, kind, before, after, cause };
    })
    .filter(({ before, after }) => !looksSame(before, after));
}

function kindOfEvent(before: Seen | null, after: Seen): ChangeKind {
  if (after.state === "merged") return "merged";
  if (before !== null && before.uri !== after.uri) return "rewritten";
  return after.state === "active" ? "restored" : "removed";
}

function kindOfCommand(after: Seen, cause: "person" | "import" | "undo"): ChangeKind {
  if (after.state === "merged") return "merged";
  if (after.state !== "active") return "removed";
  return cause === "undo" ? "restored" : "asserted";
}

const causeOf = (row: LineageRow | undefined, otherwise: Cause): Cause =>
  row === undefined || row.eventId === null ? otherwise : { kind: "event", eventId: row.eventId };
