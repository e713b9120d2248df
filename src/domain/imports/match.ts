import type { Found, Row, RowGroup } from "./plan.ts";

/** A contact that rows may be about. */
export interface MatchCandidate {
  readonly contactId: string;
  readonly externalId: string | null;
  readonly isArchived: boolean;
}

/** Who has an external id, and who has or had an address, of all that a batch of rows names. */
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
 * Finds the contact of each row: by its external id, else by an address that a contact has or had; else it makes one.
 * A row with an external id takes no contact that has another one. Rows that come later meet what the earlier ones made
 * and added, as if each had been applied before the next. `lists` are the rows in order, those of one external id
 * together; `newId` names the contact that a row makes. No clock, no I/O.
 */
export function matchRows(
  lists: readonly (readonly Row[])[],
  { byExternalId, byKey }: Candidates,
  newId: (row: Row) => string,
): Matches {
  const groups = new Map<string, OpenGroup>();
  const ambiguous: Ambiguous[] = [];
  // Beside what was known: who has an address, and who an external id, by an earlier row of the batch.
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

/** Those that a row may be about; archived ones only where there is no other. */
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
