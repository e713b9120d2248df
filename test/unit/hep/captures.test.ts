import { expect, test } from "vitest";
import { openCollector } from "../../../src/hep/collector.ts";
import { decodeHep } from "../../../src/hep/packets/decode.ts";
import { readSipMessage } from "../../../src/hep/packets/sip-message.ts";
import {
  freeswitchGone,
  freeswitchMoved,
  kamailioGone,
  kamailioInvite,
  kamailioMoved,
} from "../../support/pbx/hep-captures.ts";

const contact = '"Alice Example" <sip:alice.new@sip.new-provider.example:5080;transport=udp>;expires=3600';
const key = Buffer.from("lab-hep-key");

function messageOf(datagram: Buffer) {
  const read = decodeHep(datagram, null);
  if (read.kind === "fault") throw new Error(read.fault);
  return { ...read.packet, message: readSipMessage(read.packet.payload) };
}

test("Kamailio's 301 joins the INVITE that went to the callee, in either order", () => {
  for (const datagrams of [
    [kamailioInvite, kamailioMoved],
    [kamailioMoved, kamailioInvite],
  ]) {
    const collector = openCollector({ key: "lab-hep-key", onLoss: () => {} });
    expect(datagrams.map((datagram) => collector.take(datagram, 0))).toEqual(["taken", "taken"]);
    expect(collector.due(1000)).toMatchObject([
      { requestUri: "sip:c301-alice@pbx.example.net", response: { status: 301, contacts: [contact] } },
    ]);
  }
});

test("Kamailio's key is checked, FreeSWITCH cannot send a key", () => {
  expect(decodeHep(kamailioGone, key).kind).toBe("packet");
  expect(decodeHep(kamailioGone, Buffer.from("another-key"))).toEqual({ kind: "fault", fault: "wrong-key" });
  expect(decodeHep(freeswitchGone, key)).toEqual({ kind: "fault", fault: "wrong-key" });
});

// … is read as …
const answers: [string, Buffer, object][] = [
  [
    "Kamailio's 410",
    kamailioGone,
    { status: 410, reason: "Gone", contacts: [], callId: "1-30093@127.0.0.1", cseq: 1 },
  ],
  ["FreeSWITCH's 301", freeswitchMoved, { status: 301, contacts: [contact], cseq: 123_123_598 }],
  ["FreeSWITCH's 410", freeswitchGone, { status: 410, reason: "Gone", fromUser: "0000000000" }],
];
test.for(answers)("%s is read", ([, datagram, expected]) => {
  expect(messageOf(datagram).message).toMatchObject({ kind: "response", ...expected });
});

test("the sender, receiver and time are those that the agent saw", () => {
  expect(messageOf(freeswitchMoved)).toMatchObject({
    sender: "127.0.0.2:15171",
    receiver: "127.0.0.1:16060",
  });
  const { sender, receiver, at } = messageOf(kamailioInvite);
  expect([sender, receiver]).toEqual(["127.0.0.1:15060", "127.0.0.1:15071"]);
  expect(new Date(at).toISOString()).toBe("2026-11-22T13:43:11.320Z");
});
