import { Type } from "typebox";
import { expect } from "vitest";
import { Nullable } from "../../../src/json/parts.ts";
import { bodyAs, type Client } from "./contract.ts";

const AnyPage = Type.Object({
  items: Type.Array(Type.Object({ id: Type.String() })),
  next: Nullable(Type.String()),
});

/** The ids of a list, page by page, following the Link header to the end. */
export async function readPages(client: Client, first: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let url: string | undefined = first; url !== undefined; ) {
    const answer = await client.get(url);
    const { items, next } = bodyAs(AnyPage, answer);
    pages.push(items.map(({ id }) => id));
    url = /^<([^>]+)>; rel="next"$/.exec(answer.headers["link"] ?? "")?.[1];
    expect(next === null).toBe(url === undefined);
  }
  return pages;
}
