import type { Static } from "typebox";
import type { GivenAddress } from "../../domain/changes/edit.ts";
import { type FieldError, Problem } from "../../http/problem.ts";
import { identifyAddress } from "../../sip/uri.ts";
import type { AddressInput } from "../../wire/book/contacts.ts";

/** Adds the match key to each address. Throws invalid-input with the place of each fault. */
export function readAddresses(list: readonly Static<typeof AddressInput>[]): readonly GivenAddress[] {
  const errors: FieldError[] = [];
  const first = new Map<string, number>();
  const addresses = list.flatMap(({ id = null, uri, label, assertedAt }, index) => {
    const { key, fault } = identifyAddress(uri);
    const twin = first.get(key ?? "");
    if (fault !== null || twin !== undefined) {
      const detail = fault ?? `is the same address as /addresses/${twin}/uri, maybe in another spelling`;
      errors.push({ pointer: `/addresses/${index}/uri`, detail });
    }
    if (key === null) return [];
    first.set(key, index);
    return [{ id, key, uri, label, assertedAt: assertedAt === undefined ? null : Date.parse(assertedAt) }];
  });
  errors.push(...twiceById(list));
  if (errors.length === 0) return addresses;
  throw new Problem("invalid-input", "The list of addresses has errors", { errors });
}

function twiceById(list: readonly Static<typeof AddressInput>[]): readonly FieldError[] {
  const ids = list.map(({ id }) => id);
  return ids.flatMap((id, index) =>
    id !== undefined && ids.indexOf(id) < index
      ? [{ pointer: `/addresses/${index}/id`, detail: "repeats the id of an earlier address in the list" }]
      : [],
  );
}
