import { v7 as uuidv7 } from "uuid";
import type { Edit, GivenAddress } from "../domain/edit.ts";
import type { ContactFacts } from "../domain/plan.ts";
import { refold } from "./apply.ts";
import { insertAddresses, insertAssertions, type NewAssertion } from "./assertions.ts";
import type { LockedBook } from "./book.ts";
import type { Transaction } from "./client.ts";

/** Asserts, adds, removes and relabels, and folds the contact again. A new contact always gets its first version. */
export async function writeEdit(
  tx: Transaction,
  book: LockedBook,
  input: { contact: ContactFacts; edit: Edit; actor: string; touched?: boolean },
): Promise<void> {
  const { contact, edit, actor, touched = true } = input;
  const added = edit.add.map((given) => ({ ...given, addressId: uuidv7() }));
  await insertAddresses(
    tx,
    book,
    contact.id,
    added.map(({ addressId, key, uri, label = null }) => ({ id: addressId, key, uri, label })),
  );
  const made = [...assertionsOf(contact, edit), ...added.map((given) => toAssertion(given.addressId, given))];
  await insertAssertions(tx, book, contact, { made, madeBy: "person" });
  const isRelabelled = await relabel(tx, edit.relabel);
  if (made.length === 0 && !isRelabelled && !touched) return;
  const isBroughtBack = made.some(({ status }) => status === "active");
  await refold(tx, book, {
    causes: new Map([[contact.id, { kind: "person" as const }]]),
    touched: { contactIds: new Set([contact.id]), actor },
    affected: [],
    ...(isBroughtBack ? { archive: new Map([[contact.id, false]]) } : {}),
  });
}

/** What is asserted of a shown address is asserted of every address on its key, or a hidden one would come up. */
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

/** The address itself, and all of its contact that stand where it stands. */
export function onSameKey(contact: ContactFacts, addressId: string): readonly string[] {
  const seen = contact.addresses.find(({ id }) => id === addressId)?.seen ?? null;
  const others = contact.addresses.filter(
    (other) => seen !== null && other.seen?.key === seen.key && other.seen.state !== "removed",
  );
  return [...new Set([addressId, ...others.map(({ id }) => id)])];
}

function toAssertion(addressId: string, { key, uri, assertedAt }: GivenAddress): NewAssertion {
  return { addressId, key, uri, status: "active", at: assertedAt };
}

async function relabel(tx: Transaction, labels: Edit["relabel"]): Promise<boolean> {
  if (labels.length === 0) return false;
  const changed = await tx.$executeRaw`
    update addresses a set label = r.label
    from jsonb_to_recordset(${JSON.stringify(labels)}::jsonb) as r("addressId" uuid, label text)
    where a.id = r."addressId" and a.label is distinct from r.label`;
  return changed > 0;
}
