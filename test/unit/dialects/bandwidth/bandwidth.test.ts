import { testRefusedBodies, testRefusingWriter, testReports } from "../shared/tables.ts";
import { contradicted, translate } from "../shared/translated.ts";

const disconnect = {
  eventType: "disconnect",
  eventTime: "2026-11-22T13:01:32.533Z",
  accountId: "55555555",
  from: "+15551112222",
  to: "+15553334444",
  direction: "outbound",
  callId: "c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d",
  startTime: "2026-11-22T13:01:30.234Z",
  endTime: "2026-11-22T13:01:32.123Z",
  cause: "rejected",
  errorMessage: "Call was rejected",
  sipCallId: "c95ac8d6e1a31c52eb38f419893c151633ec68f8d@sbc.bandwidth.com",
  sipResponseCode: 410,
};
type Fields = Readonly<Record<string, unknown>>;
const translateWith = (fields: Fields) =>
  translate("bandwidth", JSON.stringify({ ...disconnect, ...fields }));

testReports("a report", {
  read: translateWith,
  events: [
    [
      "a 410",
      {},
      {
        id: "c-95ac8d6e-1a31c52e-b38f-4198-93c1-51633ec68f8d-disconnect",
        requestUri: "tel:+15553334444",
        status: 410,
        contacts: [],
        callId: disconnect.sipCallId,
        inDialog: false,
        occurredAt: "2026-11-22T13:01:32.123Z",
      },
    ],
    ["a 301, but not its target", { sipResponseCode: 301 }, { status: 301, contacts: [] }],
    ["a SIP URI", { to: "sip:alice@pbx.example.net" }, { requestUri: "sip:alice@pbx.example.net" }],
    ["only the time of the event", { endTime: null }, { occurredAt: "2026-11-22T13:01:32.533Z" }],
    ["no Call-ID", { sipCallId: undefined }, { callId: null }],
    ["an empty answer time", { answerTime: "" }, { status: 410, inDialog: false }],
    ["an unspecific cause", { cause: "unknown" }, { status: 410 }],
    ["a code after an answer", { answerTime: "2026-11-22T13:01:31.000Z" }, { status: 410, inDialog: true }],
  ],
  others: [
    ["another event type", { eventType: "answer" }, "ignored: an event that is not disconnect"],
    ["an incoming call", { direction: "inbound" }, "ignored: a call that came in"],
    ["no SIP code", { sipResponseCode: undefined, cause: "hangup" }, "ignored: a call without a SIP code"],
    ["a 410 of a cancelled call", { cause: "cancel" }, contradicted],
    ["a 410 after a time-out", { cause: "timeout" }, contradicted],
    ["a 410 of a busy callee", { cause: "busy" }, contradicted],
    ["a 410 of a call that was hung up", { cause: "hangup" }, contradicted],
    ["no destination", { to: undefined }, "refused /to"],
    ["no call", { callId: null }, "refused /callId"],
  ],
});
testRefusedBodies("bandwidth", ["", "eventType=disconnect", "[]", "{}"]);
testRefusingWriter("bandwidth", [["an answer", { status: 200 }]]);
