import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { hmac } from "../../../src/signatures/scheme.ts";
import type { Database } from "../../../src/store/client.ts";

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** The headers of a sender that signs with an HMAC, `seconds` ago. */
export function hmacHeaders(secret: string, body: string, seconds = 0): Readonly<Record<string, string>> {
  const [id, timestamp] = [randomUUID(), `${nowSeconds() - seconds}`];
  const digest = hmac("sha256", secret, `${id}.${timestamp}.${body}`).toString("hex");
  return { "x-event-id": id, "x-timestamp": timestamp, "x-signature": `sha256=${digest}` };
}

/** Expects that a refused report left no trace in a book. */
export async function expectNoTrace(db: Database, name: string): Promise<void> {
  const where = { book: { name } };
  expect(await db.event.count({ where })).toBe(0);
  expect(await db.unparsed.count({ where: { source: where } })).toBe(0);
  expect(await db.sourceTally.count({ where: { source: where } })).toBe(0);
}
