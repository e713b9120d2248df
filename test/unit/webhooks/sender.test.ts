import { expect, test } from "vitest";
import { buildSender } from "../../../src/webhooks/sender.ts";

test("a hanging name server delays the check of a URL only for a limited time", async () => {
  const sender = buildSender({ allowed: [], resolve: () => {}, lookUpMs: 1 });
  expect(await sender.check("https://crm.example/hook")).toBe("has a host name that cannot be resolved");
});
