import { v7 as uuidv7 } from "uuid";
import type { Edit, GivenAddress } from "../../domain/changes/edit.ts";
import type { ContactFacts } from "../../domain/changes/plan.ts";
import type { LockedBook } from "../book.ts";
import type { Transaction } from "../client.ts";
import { refoldForEdit } from "../fold/apply.ts";
import {
  type ContactAdditions,
  insertAdditions,
  makeAssertions,
  type NewAssertion,
  withAdditions,
} from "./assertions.ts";

/** What to write for one contact. */
export interface ContactWrite {
  readonly contact: ContactFacts;
  readonly edit: Edit;
  /** The fields of a new contact; `contact` is still empty then. */
  readonly made?: { readonly name: string; readonly externalId: string | null };
  /** Another field changed too, so the contact gets a new version whatever the edit does. */
  readonly touched?: boolean;
  /** True: archive it; false: restore it. An address that is asserted active restores it anyway. */
  readonly archive?: boolean;
}

/** A person with a key, or an import for the person who sent it. */
interface Writer {
  readonly kind: "person" | "import";
  readonly actor: string;
  readonly importId?: string;
}

/** Writes edits with one statement per table, and folds the contacts again. `writes` must not name a contact twice. */
export async function writeEdits(
  tx: Transaction,
  book: LockedBook,
  writes: readonly ContactWrite[],
  writer: Writer,
): Promise<void> {
  const drafts = writes.map((write) => ({ ...write, additions: additionsOf(book, write) }));
  const made = drafts.flatMap(({ contact: { id }, made: fields }) =>
    fields === undefined ? [] : [{ id, ...fields }],
  );
  await insertContacts(tx, book, made);
  await insertAdditions(
    tx,
    book,
    drafts.map(({ additions }) => additions),
    writer.kind,
  );
  const relabelled = await relabel(
    tx,
    drafts.flatMap(({ edit }) => edit.relabel),
  );
  const changed = drafts.filter(
    ({ contact, additions, touched = false, made: fields, archive }) =>
      touched ||
      fields !== undefined ||
      archive !== undefined ||
      additions.assertions.length > 0 ||
      relabelled.has(contact.id),
  );
  if (changed.length === 0) return;
  const ids = changed.map(({ contact }) => contact.id);
  await refoldForEdit(tx, book, {
    causes: new Map(ids.map((id) => [id, { kind: writer.kind }])),
    known: changed.map(({ additions }) => withAdditions(additions)),
    madeIds: new Set(made.map(({ id }) => id)),
    actor: writer.actor,
    ...(writer.importId === undefined ? {} : { importId: writer.importId }),
    archive: new Map(changed.flatMap(archiveOf)),
  });
}

function additionsOf(book: LockedBook, { contact, edit }: ContactWrite): ContactAdditions {
  const added = edit.add.map((given) => ({ given, id: uuidv7() }));
  const made = [...assertionsOf(contact, edit), ...added.map(({ given, id }) => toAssertion(id, given))];
  return {
    contact,
    addresses: added.map(({ id, given: { key, uri, label = null } }) => ({ id, key, uri, label })),
    assertions: makeAssertions(book, contact, made),
  };
}

function archiveOf({ contact, archive, additions }: ContactWrite & { readonly additions: ContactAdditions }) {
  const isAsserted = additions.assertions.some(({ status }) => status === "active");
  const archives = archive ?? (isAsserted ? false : undefined);
  return archives === undefined ? [] : [[contact.id, archives] as const];
}

/** An assertion applies to every address of the contact on the same key, or a hidden one would be shown. */
function assertionsOf(contact: ContactFacts, edit: Edit): readonly NewAssertion[] {
  const asserted = edit.assert.flatMap(({ addressId, given }) =>
    onSameKey(contact, addressId).map((id) => toAssertion(id, given)),
  );
  const removed = contact.addresses.flatMap(({ id, seen }) =>
    seen !== null && seen.state !== "removed" && edit.remove.includes(seen.key)
      ? [{ addressId: id, key: seen.key, uri: seen.uri, status: "removed" as const, at: null }]
      : [],
  );
  return [...asserted, ...removed];
}

/** The address itself, and the other addresses of the contact that have its key. */
function onSameKey(contact: ContactFacts, addressId: string): readonly string[] {
  const seen = contact.addresses.find(({ id }) => id === addressId)?.seen ?? null;
  const others = contact.addresses.filter(
    (other) => seen !== null && other.seen?.key === seen.key && other.seen.state !== "removed",
  );
  return [...new Set([addressId, ...others.map(({ id }) => id)])];
}

function toAssertion(addressId: string, { key, uri, assertedAt }: GivenAddress): NewAssertion {
  return { addressId, key, uri, status: "active", at: assertedAt };
}

async function insertContacts(
  tx: Transaction,
  book: LockedBook,
  made: readonly { readonly id: string; readonly name: string; readonly externalId: string | null }[],
): Promise<void> {
  if (made.length === 0) return;
  await tx.$executeRaw`
    insert into contacts (book_id, created_at, updated_at, version, id, name, external_id)
    select ${book.id}::uuid, ${book.now}, ${book.now}, 1, r.id, r.name, r."externalId"
    from jsonb_to_recordset(${JSON.stringify(made)}::jsonb) as r(id uuid, name text, "externalId" text)`;
}

/** Returns the contacts whose labels changed. */
async function relabel(tx: Transaction, labels: Edit["relabel"]): Promise<ReadonlySet<string>> {
  if (labels.length === 0) return new Set();
  const changed = await tx.$queryRaw<{ contactId: string }[]>`
    update addresses a set label = r.label
    from jsonb_to_recordset(${JSON.stringify(labels)}::jsonb) as r("addressId" uuid, label text)
    where a.id = r."addressId" and a.label is distinct from r.label
    returning a.contact_id as "contactId"`;
  return new Set(changed.map(({ contactId }) => contactId));
}
