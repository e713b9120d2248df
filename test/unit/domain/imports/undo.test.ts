import { expect, test } from "vitest";
import type { ContactFacts } from "../../../../src/domain/changes/plan.ts";
import type { Seen } from "../../../../src/domain/fold/shown.ts";
import { type ImportedChange, planImportUndo } from "../../../../src/domain/imports/undo.ts";

type State = Seen["state"];
const seen = (name: string, state: State): Seen => ({ uri: `sip:${name}`, key: name, state });

const contact = (
  archivedBy: ContactFacts["archivedBy"],
  addresses: Readonly<Record<string, Seen>> = {},
): ContactFacts => ({
  id: "c",
  archivedBy,
  addresses: Object.entries(addresses).map(([id, each]) => ({ id, seen: each, lineage: [] })),
  assertions: [],
});

/** A change of the address x by the import, from before to after. */
const change = (
  before: Seen | null,
  after: Seen,
  undone: ImportedChange["undone"] = null,
  id = "h",
): ImportedChange => ({
  id,
  addressId: "x",
  kind: "asserted",
  eventId: null,
  undone,
  beforeUri: before?.uri ?? null,
  beforeKey: before?.key ?? null,
  beforeState: before?.state ?? null,
  afterUri: after.uri,
  afterKey: after.key,
  afterState: after.state,
});
const archival = (
  kind: "archived" | "restored",
  undone: ImportedChange["undone"] = null,
): ImportedChange => ({
  ...change(null, seen("A", "active"), undone),
  addressId: null,
  kind,
});

const a = seen("A", "active");
const b = seen("B", "active");
const c = seen("C", "active");
const removed = seen("A", "removed");
const backOnA = contact(null, { x: a });

test.for<[string, ContactFacts, readonly ImportedChange[], string, number]>([
  ["an added address is removed", contact(null, { x: a }), [change(null, a)], "x A removed", 0],
  ["a removed address is restored", contact("empty", { x: removed }), [change(a, removed)], "x A active", 0],
  [
    "several changes are reverted to before the first",
    contact(null, { x: c }),
    [change(a, b), change(b, c, null, "h2")],
    "x A active",
    0,
  ],
  ["an address that changed since is kept", contact(null, { x: c }), [change(a, b)], "", 1],
  [
    "an address that is gone since is kept",
    contact("empty", { x: seen("B", "gone") }),
    [change(a, b)],
    "",
    1,
  ],
  ["an address that this undo has reverted is skipped", backOnA, [change(a, b, "by-this")], "", 0],
  ["an address that another undo reverted is kept", backOnA, [change(a, b, "by-another")], "", 1],
])("an address: %s", ([, facts, changes, says, conflicts]) => {
  const plan = planImportUndo({ contact: facts, changes, isCreated: false, archivedBefore: null });
  const said = plan.assert.map(({ addressId, key, status }) => `${addressId} ${key} ${status}`);
  expect(said.join(", ")).toBe(says);
  expect(plan.conflicts).toHaveLength(conflicts);
  expect(plan.undoes.get("x")).toBe(says === "" ? undefined : changes.at(-1)?.id);
});

test.for<[string, ContactFacts, readonly ImportedChange[], boolean, "person" | null, boolean | null, number]>(
  [
    ["made by the import", contact(null, { x: a }), [change(null, a)], true, null, true, 0],
    ["made, with an address since", contact(null, { x: a, y: b }), [change(null, a)], true, null, null, 1],
    ["made, its address changed since", contact(null, { x: b }), [change(null, a)], true, null, null, 1],
    ["made, and archived by a person", contact("person", { x: a }), [change(null, a)], true, null, null, 0],
    ["archived by it", contact("person"), [archival("archived")], false, null, false, 0],
    ["archived, and back since", contact(null), [archival("archived")], false, null, null, 1],
    ["brought back by it", contact(null), [archival("restored")], false, "person", true, 0],
    ["brought back, archived since", contact("person"), [archival("restored")], false, "person", null, 1],
    ["brought back by its addresses", contact(null), [archival("restored")], false, null, null, 0],
    ["undone already", contact("person"), [archival("archived", "by-another")], false, null, null, 1],
  ],
)("a contact: %s", ([, facts, changes, isCreated, archivedBefore, archive, conflicts]) => {
  const plan = planImportUndo({ contact: facts, changes, isCreated, archivedBefore });
  expect(plan.archive).toBe(archive);
  expect(plan.conflicts).toHaveLength(conflicts);
});
