import { expect, test } from "vitest";
import { buildSender } from "../../../src/webhooks/sender.ts";

test("a name server that hangs holds up the check of a URL for a while only", async () => {
  const sender = buildSender({ allowed: [], resolve: () => {}, lookUpMs: 1 });
  expect(await sender.check("https://crm.example/hook")).toBe("has a name that cannot be resolved");
});
