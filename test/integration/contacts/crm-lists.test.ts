import { describe, expect } from "vitest";
import { bodyAs } from "../../support/pages/contract.ts";
import { pageOf } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { A, B, gone, moved } from "../fold/calls.ts";

describe("GET /v1/contacts", () => {
  test("leaves out gone addresses unless the query asks for them", async ({ book }) => {
    const { id } = await book.addContact(A, B);
    await book.report(gone(A, 1));
    expect(await book.get(`/v1/contacts/${id}`)).toMatchObject({ body: { addresses: [{ uri: B }] } });
    expect(await book.shown(id)).toEqual([`${A} gone`, `${B} active`]);
    for (const [query, found] of [
      [`uri=${A}`, 0],
      [`uri=${A}&include=gone`, 1],
      [`uri=${B}`, 1],
    ] as const) {
      const { items } = bodyAs(pageOf("Contact"), await book.get(`/v1/contacts?${query}`));
      expect(items, query).toHaveLength(found);
    }
  });

  test("finds a contact by its present address, not by a former one", async ({ book }) => {
    const { id } = await book.addContact(A);
    await book.report(moved(A, B, 1));
    expect(await book.get(`/v1/contacts?uri=${A}`)).toMatchObject({ body: { items: [] } });
    expect(await book.get(`/v1/contacts?uri=${B}`)).toMatchObject({ body: { items: [{ id }] } });
  });

  test("pages through all contacts, each once, while others are added", async ({ book }) => {
    const made = [];
    for (let i = 0; i < 7; i += 1) made.push((await book.addContact(`sip:n${i}@pbx.example`)).id);
    const seen: string[] = [];
    let url: string | null = "/v1/contacts?limit=3";
    while (url !== null) {
      const answer = await book.get(url);
      const { items, next } = bodyAs(pageOf("Contact"), answer);
      seen.push(...items.map(({ id }) => id));
      const link = /^<([^>]+)>; rel="next"$/.exec(answer.headers["link"] ?? "")?.[1] ?? null;
      expect(link === null).toBe(next === null);
      url = link;
      if (seen.length === 3) made.push((await book.addContact("sip:late@pbx.example")).id);
    }
    expect(seen).toEqual(made);
    expect(await book.get("/v1/contacts?limit=3&cursor=no")).toMatchObject({ status: 422 });
  });
});
