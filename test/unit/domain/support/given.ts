import type { Edit, GivenAddress } from "../../../../src/domain/changes/edit.ts";
import { sayState, targetOf } from "./story.ts";

/** Reads the addresses of a list: "A", "A@7" (asserted at 7), "x:A" (by id), "x:A@7"; "A'" is A in another spelling. */
export function give(list: string): readonly GivenAddress[] {
  return list === "" ? [] : list.split(", ").map(readGiven);
}

function readGiven(text: string): GivenAddress {
  const [, id = null, address = "", at] = /^(?:([w-z]):)?([^@]+)(?:@(\d+))?$/.exec(text) ?? [];
  return { id, ...targetOf(address), label: undefined, assertedAt: at === undefined ? null : Number(at) };
}

/** "set x=B, add A, remove C, refuse 0: stale-assertion", or "nothing". */
export function sayEdit({ assert, add, remove, refused }: Edit): string {
  const parts = [
    ...assert.map(({ addressId, given }) => `set ${addressId}=${sayGiven(given)}`),
    ...add.map((given) => `add ${sayGiven(given)}`),
    ...remove.map((key) => `remove ${key}`),
    ...refused.map(({ index, why }) => `refuse ${index}: ${why}`),
  ];
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

const sayGiven = ({ key, uri }: GivenAddress): string => sayState({ key, uri, status: "active" });
