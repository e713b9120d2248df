import { interpret } from "../../../../src/receive/interpret/interpret.ts";

/** What becomes of a body that FreeSWITCH posted. */
export const read = (body: string) =>
  interpret(
    { name: "freeswitch", dialect: "freeswitch" },
    { body, contentType: "", headers: {}, query: {}, mapping: null },
  );

/** The one event of a body, in the words that the rules read. */
export function eventOf(body: string) {
  const interpretation = read(body);
  if (interpretation.kind !== "events") throw new Error(JSON.stringify(interpretation));
  const [validation] = interpretation.validations;
  if (validation?.kind !== "valid") throw new Error(JSON.stringify(validation));
  const { event, id, occurredAt } = validation.report;
  return { ...event, id, occurredAt: occurredAt?.toISOString() ?? null };
}
