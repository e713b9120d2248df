import * as fc from "fast-check";
import { describe, expect } from "vitest";
import { type Edit, type GivenAddress, planEdit } from "../../../../src/domain/changes/edit.ts";
import { isVisible } from "../../../../src/domain/fold/shown.ts";
import { lawsOver } from "../../../support/law.ts";
import { sayEdit } from "../support/given.ts";
import { baseOf, contactOf, inOrder } from "../support/story.ts";
import { type World, world } from "../support/world.ts";

const law = lawsOver(1_000);
const emptyEdit: Edit = { assert: [], add: [], remove: [], relabel: [], refused: [] };

const contactIn = ({ assertions, events }: World) => contactOf({ assertions, events: inOrder(events) });

const repeat = ({ key, uri }: { readonly key: string; readonly uri: string }): GivenAddress => ({
  id: null,
  key,
  uri,
  label: undefined,
  assertedAt: null,
});

/** One address of each key, because a list may not have more. */
const distinct = (list: readonly GivenAddress[]): readonly GivenAddress[] => [
  ...new Map(list.map((given) => [given.key, given])).values(),
];

describe("a list changes nothing", () => {
  law("if it repeats the shown addresses", [world, fc.boolean()], (one, isVersioned) => {
    const contact = contactIn(one);
    const shown = contact.addresses.flatMap(({ seen }) => (isVisible(seen) ? [repeat(seen)] : []));
    expect(planEdit(contact, shown, isVersioned)).toEqual(emptyEdit);
  });

  law("if it repeats the last assertions", [world, fc.boolean()], (one, isVersioned) => {
    const contact = contactIn(one);
    const present = contact.addresses.filter(({ seen }) => seen?.state !== "removed");
    const bases = distinct(present.map(({ id }) => repeat(baseOf(one.assertions, id))));
    expect(sayEdit(planEdit(contact, bases, isVersioned))).toBe("nothing");
  });
});

describe("a list", () => {
  const given = fc
    .record({
      id: fc.constantFrom(null, null, "x", "y", "z"),
      key: fc.constantFrom("A", "B", "C", "D", "E"),
      assertedAt: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 9 })),
    })
    .map(({ id, key, assertedAt }) => ({
      id,
      key,
      uri: `sip:${key}@example.com`,
      label: undefined,
      assertedAt,
    }));
  const list = fc
    .array(given, { maxLength: 4 })
    .map(distinct)
    .filter((all) => {
      const ids = all.flatMap(({ id }) => (id === null ? [] : [id]));
      return new Set(ids).size === ids.length;
    });

  law("means the same in any order", [world, list, fc.boolean()], (one, all, isVersioned) => {
    const contact = contactIn(one);
    const [there, back] = [all, all.toReversed()].map((ordered) => {
      const edit = planEdit(contact, ordered, isVersioned);
      const refused = edit.refused.map(({ index, why }) => `${why} ${ordered[index]?.key}`);
      return new Set([...sayEdit({ ...edit, refused: [] }).split(", "), ...refused]);
    });
    expect(back).toEqual(there);
  });

  law(
    "asserts an address at most once, and removes no address that it names by key",
    [world, list, fc.boolean()],
    (one, all, isVersioned) => {
      const edit = planEdit(contactIn(one), all, isVersioned);
      const asserted = edit.assert.map(({ addressId }) => addressId);
      expect(new Set(asserted).size).toBe(asserted.length);
      const named = new Set(all.filter(({ id }) => id === null).map(({ key }) => key));
      expect(edit.remove.filter((key) => named.has(key))).toEqual([]);
    },
  );
});
