import { interpret } from "../../../../src/receive/interpret/interpret.ts";

/** Reads a body that FreeSWITCH posted. */
export const read = (body: string) =>
  interpret(
    { name: "freeswitch", dialect: "freeswitch" },
    { body, contentType: "", headers: {}, query: {}, mapping: null },
  );

/** The only event of a body, as the rules read it. */
export function eventOf(body: string) {
  const interpretation = read(body);
  if (interpretation.kind !== "events") throw new Error(JSON.stringify(interpretation));
  const [validation] = interpretation.validations;
  if (validation?.kind !== "valid") throw new Error(JSON.stringify(validation));
  const { event, id, occurredAt } = validation.report;
  return { ...event, id, occurredAt: occurredAt?.toISOString() ?? null };
}
