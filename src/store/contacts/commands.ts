import { v7 as uuidv7 } from "uuid";
import { type Edit, emptyEdit, type GivenAddress, planEdit } from "../../domain/changes/edit.ts";
import { defined } from "../../json/defined.ts";
import { type LockedBook, lockBook } from "../book.ts";
import type { Database, Transaction } from "../client.ts";
import { refoldForEdit } from "../fold/apply.ts";
import { gatherOne } from "../fold/gather.ts";
import { writeEdits } from "./write-edit.ts";

/** An edit of a contact by a person or a CRM. Undefined fields stay as they are. */
interface ContactEdit {
  readonly name?: string;
  readonly externalId?: string | null;
  readonly addresses?: readonly GivenAddress[];
}

/** Selects a contact by its id, or by its id in the CRM. */
type ContactSelector = { readonly id: string } | { readonly externalId: string };

export interface EditOptions {
  /** The versions that the caller accepts; null: any. */
  readonly versions: readonly number[] | null;
  /** Whether an archived contact may be edited. */
  readonly archivedToo: boolean;
  /** The name of the key that asked, for the history. */
  readonly actor: string;
}

/** The result of a command. `refused` and `in-the-future` give indexes in the list of addresses. */
export type CommandResult =
  | { readonly kind: "done"; readonly id: string; readonly created: boolean }
  | { readonly kind: "not-found" }
  | { readonly kind: "archived"; readonly id: string }
  | { readonly kind: "version-mismatch"; readonly version: number }
  | { readonly kind: "external-id-taken" }
  | { readonly kind: "refused"; readonly refused: Edit["refused"] }
  | { readonly kind: "in-the-future"; readonly indexes: readonly number[] };

/** Creates a contact. An address that was asserted in the past is folded over the stored events. */
export async function createContact(
  db: Database,
  bookId: string,
  edit: ContactEdit & { readonly name: string },
  actor: string,
): Promise<CommandResult> {
  return db.$transaction(async (tx) => insertContact(tx, await lockBook(tx, bookId), edit, actor));
}

/** Edits the contact with this external id, or creates it. */
export async function upsertContact(
  db: Database,
  bookId: string,
  edit: ContactEdit & { readonly name: string; readonly externalId: string },
  options: EditOptions,
): Promise<CommandResult> {
  return db.$transaction(async (tx) => {
    const book = await lockBook(tx, bookId);
    const { externalId, ...rest } = edit;
    const result = await editLocked(tx, book, { selector: { externalId }, edit: rest, options });
    return result.kind === "not-found" && options.versions === null
      ? insertContact(tx, book, edit, options.actor)
      : result;
  });
}

/** Edits a contact, completely or not at all. */
export async function editContact(
  db: Database,
  bookId: string,
  selector: ContactSelector,
  { edit, options }: { readonly edit: ContactEdit; readonly options: EditOptions },
): Promise<CommandResult> {
  return db.$transaction(async (tx) =>
    editLocked(tx, await lockBook(tx, bookId), { selector, edit, options }),
  );
}

/** Archives a contact for a person. Events still change its addresses. */
export async function archiveContact(
  db: Database,
  bookId: string,
  id: string,
  options: EditOptions,
): Promise<CommandResult> {
  return db.$transaction(async (tx) => {
    const book = await lockBook(tx, bookId);
    const found = await select(tx, book, { id }, options);
    if (found.kind !== "found") return found;
    await refoldForEdit(tx, book, {
      causes: new Map([[id, { kind: "person" as const }]]),
      archive: new Map([[id, true]]),
      actor: options.actor,
    });
    return { kind: "done", id, created: false };
  });
}

async function insertContact(
  tx: Transaction,
  book: LockedBook,
  { name, externalId = null, addresses = [] }: ContactEdit & { readonly name: string },
  actor: string,
): Promise<CommandResult> {
  if (externalId !== null && (await isTaken(tx, book, externalId))) return { kind: "external-id-taken" };
  const indexes = inTheFuture(addresses, book);
  if (indexes.length > 0) return { kind: "in-the-future", indexes };
  const id = uuidv7();
  const contact = { id, archivedBy: null, addresses: [], assertions: [] };
  const write = { contact, edit: { ...emptyEdit, add: addresses }, made: { name, externalId } };
  await writeEdits(tx, book, [write], { kind: "person", actor });
  return { kind: "done", id, created: true };
}

async function editLocked(
  tx: Transaction,
  book: LockedBook,
  input: { selector: ContactSelector; edit: ContactEdit; options: EditOptions },
): Promise<CommandResult> {
  const { edit, options } = input;
  const found = await select(tx, book, input.selector, options);
  if (found.kind !== "found") return found;
  const { id, externalId } = found;
  const { name, addresses } = edit;
  if (edit.externalId && edit.externalId !== externalId && (await isTaken(tx, book, edit.externalId))) {
    return { kind: "external-id-taken" };
  }
  const indexes = inTheFuture(addresses ?? [], book);
  if (indexes.length > 0) return { kind: "in-the-future", indexes };
  const contact = await gatherOne(tx, id);
  const plan = addresses === undefined ? emptyEdit : planEdit(contact, addresses, options.versions !== null);
  if (plan.refused.length > 0) return { kind: "refused", refused: plan.refused };
  const fields = defined({
    name: name === found.name ? undefined : name,
    externalId: edit.externalId === externalId ? undefined : edit.externalId,
  });
  const touched = Object.keys(fields).length > 0;
  if (touched) await tx.contact.update({ where: { id }, data: fields });
  await writeEdits(tx, book, [{ contact, edit: plan, touched }], { kind: "person", actor: options.actor });
  return { kind: "done", id, created: false };
}

type Selected = { kind: "found"; id: string; name: string; externalId: string | null };

async function select(
  tx: Transaction,
  book: LockedBook,
  selector: ContactSelector,
  { versions, archivedToo }: EditOptions,
): Promise<Selected | Extract<CommandResult, { kind: "not-found" | "archived" | "version-mismatch" }>> {
  const contact = await tx.contact.findFirst({ where: { bookId: book.id, ...selector } });
  if (contact === null) return { kind: "not-found" };
  const { id, name, externalId, version } = contact;
  if (contact.archivedAt !== null && !archivedToo) return { kind: "archived", id };
  if (versions !== null && !versions.includes(version)) return { kind: "version-mismatch", version };
  return { kind: "found", id, name, externalId };
}

async function isTaken(tx: Transaction, book: LockedBook, externalId: string): Promise<boolean> {
  return (await tx.contact.count({ where: { bookId: book.id, externalId } })) > 0;
}

function inTheFuture(addresses: readonly GivenAddress[], { now }: LockedBook): readonly number[] {
  return addresses.flatMap(({ assertedAt }, index) =>
    assertedAt !== null && assertedAt > now.getTime() ? [index] : [],
  );
}
