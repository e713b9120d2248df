import { assert as check, constantFrom, date, integer, option, property, record } from "fast-check";
import { expect, test } from "vitest";
import { dialectNames, dialectOf } from "../../../../src/dialects/dialects.ts";
import { interpret } from "../../../../src/receive/interpret/interpret.ts";

const report = record({
  id: constantFrom("call-1", "7f3a"),
  occurredAt: date({ min: new Date("2026-01-01"), max: new Date("2026-12-31"), noInvalidDate: true }),
  event: record({
    method: constantFrom("INVITE"),
    requestUri: constantFrom(
      "sip:alice@pbx.example.net",
      "sips:b%20c@pbx.example:5071;x=y",
      "tel:+49301234567",
    ),
    status: constantFrom(200, 301, 302, 404, 410, 480, 486, 503),
    reason: option(constantFrom("Gone", 'Say "so"; a=b&c, 100%')),
    contacts: constantFrom(
      [],
      ["<sip:alice@new.example>"],
      ['"A, B" <sip:a@n.example;x=1>;q=0.5', "<sip:b@n.example>;expires=60"],
    ),
    reasonHeaders: constantFrom([], ["Q.850;cause=22"]),
    warnings: constantFrom([], ['399 x "Flow no longer exists"']),
    diversion: constantFrom([], ["<sip:a@pbx.example>;reason=unconditional"]),
    expires: option(integer({ min: 0, max: 3600 })),
    callId: constantFrom("a84b4c76e66710@pbx.example"),
    cseq: integer({ min: 1, max: 9 }),
    inDialog: constantFrom(false),
    followed: constantFrom(false),
    branchOutcomes: constantFrom([]),
  }),
});

const isSaid = (value: unknown) => value !== null && !(Array.isArray(value) && value.length === 0);

// A call that a dialect writes and reads again is the same call: fields may be missing, but none may differ.
test.for(dialectNames)("%s writes a call so that it reads the same call again", (dialect) => {
  const translator = dialectOf({ dialect });
  check(
    property(report, (given) => {
      const outgoing = translator.write(given);
      if (outgoing === null) return;
      const { contentType, body, query = {} } = outgoing;
      const incoming = { contentType, body, query, headers: { "content-type": contentType }, mapping: null };
      const read = interpret({ name: dialect, dialect }, incoming);
      if (read.kind === "ignored") return;
      if (read.kind === "unparsed") throw read.problem;
      const [validation] = read.validations;
      if (validation?.kind !== "valid") throw new Error(JSON.stringify(validation));
      const { event, occurredAt } = validation.report;
      const stated = Object.entries(event).filter(([, value]) => isSaid(value));
      expect(given.event).toMatchObject(Object.fromEntries(stated));
      expect(event.status).toBe(given.event.status);
      if (occurredAt !== null)
        expect(Math.abs(occurredAt.getTime() - given.occurredAt.getTime())).toBeLessThan(1000);
    }),
  );
});
