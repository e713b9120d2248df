import { expect, test } from "vitest";
import { freeswitch } from "../../../../src/dialects/freeswitch/freeswitch.ts";
import type { Report } from "../../../../src/domain/rules/event.ts";
import { gone, json, severalContacts } from "../../../support/pbx/freeswitch-cdr.ts";
import { eventOf } from "./event.ts";

// The dialect must read what the conformance kit sends, and not ignore it.
const sent: [string, Partial<Report["event"]>, boolean][] = [
  ["a 301", { status: 301, contacts: severalContacts }, true],
  ["a 410", { status: 410, reason: "Gone", reasonHeaders: ["Q.850;cause=23"] }, true],
  ["an answer", { status: 200 }, true],
  ["a busy callee", { status: 486, reason: "Busy Here" }, true],
  ["a 410 in a dialog", { status: 410, inDialog: true }, false],
  ["a followed redirect", { status: 410, followed: true }, false],
  ["a fork", { status: 410, branchOutcomes: [486] }, false],
  ["another method", { status: 410, method: "REGISTER" }, false],
];
test.for(sent)("%s is written as FreeSWITCH writes it, or refused", ([, fields, isSaid]) => {
  const event = { ...eventOf(json(gone)), reason: null, ...fields };
  const outgoing = freeswitch.write({
    id: "leg-1",
    occurredAt: new Date(1_795_353_302_903),
    event,
  });
  expect(outgoing !== null).toBe(isSaid);
  if (outgoing === null) return;
  expect(outgoing.query).toEqual({ uuid: "leg-1" });
  expect(eventOf(outgoing.body)).toEqual({ ...event, id: "leg-1", occurredAt: "2026-11-22T13:15:02.903Z" });
});
