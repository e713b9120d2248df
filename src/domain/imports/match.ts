import type { Found, Row, RowGroup } from "./plan.ts";

/** A contact that rows may be about. */
export interface MatchCandidate {
  readonly contactId: string;
  readonly externalId: string | null;
  readonly isArchived: boolean;
}

/** The contacts with the external ids of a batch of rows, and those that have or had its addresses. */
export interface Candidates {
  readonly byExternalId: ReadonlyMap<string, MatchCandidate>;
  readonly byKey: ReadonlyMap<string, readonly MatchCandidate[]>;
}

/** A row that could be about several contacts. */
export interface Ambiguous {
  readonly rows: readonly Row[];
  readonly contactIds: readonly string[];
}

export interface Matches {
  readonly groups: readonly RowGroup[];
  readonly ambiguous: readonly Ambiguous[];
}

interface OpenGroup {
  readonly contactId: string;
  found: Found;
  readonly rows: Row[];
}

/**
 * Finds the contact of each row: by its external id, else by an address that a contact has or had; else the row makes a
 * new contact. A row with an external id never matches a contact with a different one. Later rows see what earlier rows
 * made and added, as if each had been applied before the next. `lists` has the rows in order, with the rows of one external
 * id together. `newId` gives the id of a new contact. No clock, no I/O.
 */
export function matchRows(
  lists: readonly (readonly Row[])[],
  { byExternalId, byKey }: Candidates,
  newId: (row: Row) => string,
): Matches {
  const groups = new Map<string, OpenGroup>();
  const ambiguous: Ambiguous[] = [];
  // In addition to the stored contacts: addresses and external ids that an earlier row of the batch gave a contact.
  const joined = new Map<string, MatchCandidate[]>();
  const owned = new Set<string>();
  for (const rows of lists) {
    const [first] = rows;
    if (first === undefined) continue;
    const keys = [...new Set(rows.flatMap(({ addresses }) => addresses.map(({ key }) => key)))];
    const own = first.externalId === null ? undefined : byExternalId.get(first.externalId);
    const sharing = keys.flatMap((key) => [...(byKey.get(key) ?? []), ...(joined.get(key) ?? [])]);
    const [contact, ...others] = own === undefined ? findMatching(first, sharing, owned) : [own];
    if (contact !== undefined && others.length > 0) {
      ambiguous.push({ rows, contactIds: [contact, ...others].map(({ contactId }) => contactId) });
      continue;
    }
    const contactId = contact?.contactId ?? newId(first);
    const found = foundBy(first, own, contact);
    const group = groups.get(contactId) ?? { contactId, found, rows: [] };
    groups.set(contactId, group);
    group.rows.push(...rows);
    if (group.found === "address") group.found = found;
    if (first.externalId !== null) owned.add(contactId);
    const candidate = {
      contactId,
      externalId: contact?.externalId ?? first.externalId,
      isArchived: contact?.isArchived ?? false,
    };
    for (const key of keys) joined.set(key, [...(joined.get(key) ?? []), candidate]);
  }
  return { groups: [...groups.values()], ambiguous };
}

/** The contacts that a row may be about. Archived ones count only if no other matches. */
function findMatching(
  { externalId }: Row,
  candidates: readonly MatchCandidate[],
  owned: ReadonlySet<string>,
): readonly MatchCandidate[] {
  const each = [...new Map(candidates.map((candidate) => [candidate.contactId, candidate])).values()];
  const free = each.filter(
    (candidate) => externalId === null || (candidate.externalId === null && !owned.has(candidate.contactId)),
  );
  const living = free.filter(({ isArchived }) => !isArchived);
  return living.length > 0 ? living : free;
}

function foundBy(row: Row, own: MatchCandidate | undefined, contact: MatchCandidate | undefined): Found {
  if (own !== undefined) return "external-id";
  if (contact === undefined) return "new";
  return row.externalId === null ? "address" : "adopts";
}
