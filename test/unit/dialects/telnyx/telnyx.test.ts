import { expect, test } from "vitest";
import { telnyxData as data, telnyxPayload as payload } from "../../../support/pbx/hooks.ts";
import { testRefusedBodies, testRefusingWriter, testReports } from "../shared/tables.ts";
import { contradicted, translate } from "../shared/translated.ts";

type Fields = Readonly<Record<string, unknown>>;
/** Changes fields of the payload, and of the data around it. */
const translateWith = ({ outer = {}, ...fields }: Fields & { readonly outer?: Fields }) =>
  translate(
    "telnyx",
    JSON.stringify({ data: { ...data, ...outer, payload: { ...payload, ...fields } }, meta: { attempt: 1 } }),
  );

testReports("a hangup", {
  read: translateWith,
  events: [
    [
      "a 410",
      {},
      {
        id: data.id,
        requestUri: "sip:alice@pbx.example.net",
        status: 410,
        contacts: [],
        callId: null,
        occurredAt: "2026-11-22T13:01:32.521Z",
      },
    ],
    ["a 301, but not its target", { sip_hangup_cause: "301" }, { status: 301, contacts: [] }],
    ["a code given as a number", { sip_hangup_cause: 404 }, { status: 404 }],
    ["a number", { to: "+49301234567" }, { requestUri: "tel:+49301234567" }],
    [
      "an answered call, at the time of its start",
      { sip_hangup_cause: "200", hangup_cause: "normal_clearing", start_time: "2026-11-22T12:00:00.000Z" },
      { status: 200, occurredAt: "2026-11-22T12:00:00.000Z" },
    ],
    [
      "an answered call without a start time",
      { sip_hangup_cause: "200", start_time: null },
      { status: 200, occurredAt: "2026-11-22T13:01:32.521Z" },
    ],
    ["its direction", { direction: "outgoing" }, { status: 410 }],
    ["an invalid time", { outer: { occurred_at: "yesterday" } }, { status: 410, occurredAt: null }],
  ],
  others: [
    [
      "another event type",
      { outer: { event_type: "call.answered" } },
      "ignored: an event that is not call.hangup",
    ],
    ["an incoming call", { direction: "incoming" }, "ignored: a call that came in"],
    ["an inbound call", { direction: "inbound" }, "ignored: a call that came in"],
    ["no SIP code", { sip_hangup_cause: "unspecified" }, "ignored: a call without a SIP code"],
    ["no SIP code at all", { sip_hangup_cause: undefined }, "ignored: a call without a SIP code"],
    ["no destination", { to: undefined }, "refused /data/payload/to"],
    ["no id", { outer: { id: undefined } }, "refused /data/id"],
  ],
});

test.for(["originator_cancel", "timeout", "time_limit", "user_busy", "no_answer", "normal_clearing"])(
  "a 410 with the hangup cause %s is not the callee's refusal",
  (hangup_cause) => expect(translateWith({ hangup_cause })).toBe(contradicted),
);

test.for(["unspecified", "call_rejected", "not_found", null])(
  "a 410 with the hangup cause %s is the callee's refusal",
  (hangup_cause) => {
    expect(translateWith({ hangup_cause })).toMatchObject({ status: 410 });
  },
);

const statusOf = (hangup_cause: string, sip_hangup_cause: string) =>
  Object(translateWith({ hangup_cause, sip_hangup_cause })).status;

test("other codes are kept whatever the hangup cause", () => {
  expect(statusOf("user_busy", "486")).toBe(486);
  expect(statusOf("time_limit", "200")).toBe(200);
});

testRefusedBodies("telnyx", ["", "data=1", "[]", '{"data":{}}', "{}"]);
testRefusingWriter("telnyx");
