import { afterAll, beforeAll, expect, test } from "vitest";
import { readBlocks, runBlocks } from "../support/pages/page.ts";
import { type Served, startServed } from "../support/processes/served.ts";

let served: Served;
beforeAll(async () => {
  served = await startServed();
});
afterAll(() => served.close());

test("the commands of docs/resolve.md do what the page says", async () => {
  const printed = await runBlocks(readBlocks("resolve.md", "sh"), served);
  const [key = "", , one = "", many = "", tag = ""] = printed;
  expect(JSON.parse(key)).toMatchObject({ scopes: ["read"] });
  expect(shapeOf(JSON.parse(one))).toEqual(shapeOf(JSON.parse(readBlocks("resolve.md", "json")[0] ?? "")));
  const { items }: { items: readonly { answer: string }[] } = JSON.parse(many);
  expect(items.map(({ answer }) => answer)).toEqual(["moved", "gone", "active", "unknown", "invalid"]);
  expect(tag.trim()).toBe("304");
});

/** An answer without what differs from run to run: ids and times. */
function shapeOf(answer: unknown): unknown {
  const text = JSON.stringify(answer)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time");
  return JSON.parse(text);
}
