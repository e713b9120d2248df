import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/wait.ts";
import { findMissingPackages } from "./kamailio/installed.ts";
import { type Kamailio, startKamailio } from "./kamailio/kamailio.ts";
import { openReceiver, type Receiver, type Report } from "./kamailio/receiver.ts";

const missing = findMissingPackages();
if (missing.length > 0) console.warn(`No calls through Kamailio here, missing: ${missing.join(" ")}`);

// in CI nothing is missing: there it is an error, not a reason to skip
describe.skipIf(missing.length > 0 && process.env["CI"] === undefined)("the snippet for Kamailio", () => {
  let receiver: Receiver;
  let kamailio: Kamailio;

  beforeAll(async () => {
    receiver = await openReceiver();
    kamailio = await startKamailio({ webhookUrl: receiver.url, key: "key-of-kamailio" });
  });

  afterAll(async () => {
    await kamailio?.stop();
    await receiver?.goAway();
  });

  async function dialAndWait(user: string, count = 1): Promise<readonly Report[]> {
    await kamailio.dial(user);
    return receiver.waitForReports(user, count);
  }

  // what was dialled is answered with …, then the report has …
  const reported: [string, Record<string, unknown>][] = [
    [
      "moved-ada",
      {
        code: 301,
        reason: "Moved Permanently",
        contact: ['"New, place" <sip:moved-ada@new.example.net;transport=udp>'],
        reason_headers: [],
        warnings: [],
        diversion: [],
      },
    ],
    [
      "moved-several-ada",
      {
        code: 301,
        contact: [
          "<sip:moved-several-ada@third.example.net>;q=0.3, <sip:moved-several-ada@best.example.net>;q=0.9",
          "<sip:moved-several-ada@second.example.net>;q=0.5",
        ],
      },
    ],
    ["moved-nowhere-ada", { code: 301, contact: [] }],
    ["moved-device-ada", { code: 301, contact: ["<sip:moved-device-ada@192.0.2.7:5062;ob>"] }],
    ["moved-tel-ada", { code: 301, contact: ["<tel:+15550100>"] }],
    ["away-ada", { code: 302, contact: ["<sip:away-ada@away.example.net>"], expires: "60" }],
    ["unknown-ada", { code: 404, reason: "Not Found", contact: [] }],
    ["gone-ada", { code: 410, reason: "Gone", contact: [], reason_headers: [], warnings: [] }],
    [
      "gone-cause-ada",
      {
        code: 410,
        reason_headers: ['Q.850;cause=23;text="Redirection"', "SIP;cause=410"],
        warnings: [String.raw`399 gw.example "user \"x\" left \\o/"`],
        diversion: ["<sip:desk@pbx.example.net>;reason=unconditional"],
      },
    ],
    ["busy-ada", { code: 486, reason: "Busy Here" }],
    ["answers-ada", { code: 200, reason: "OK", contact: [expect.stringMatching(/^<sip:device@/)] }],
  ];

  test.for(reported)("reports the answer to %s", async ([user, expected]) => {
    const [report] = await dialAndWait(user);
    expect(report).toMatchObject({
      ...expected,
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      method: "INVITE",
      uri: `sip:${user}@pbx.example.net`,
      aor: `sip:${user}@pbx.example.net`,
      from: "sip:dialler@crm.example",
      call_id: expect.stringMatching(/@127\.[\d.]+$/),
      cseq: 1,
      branch: 0,
      source: expect.stringMatching(/^sip:127\.[\d.]+:\d+;transport=udp$/),
      ts: expect.stringMatching(/^\d+\.\d{6}$/),
    });
  });

  test("leaves out absent fields, instead of writing <null> or 0", async () => {
    const [report] = await dialAndWait("gone-bob");
    expect(report).not.toHaveProperty("expires");
    expect(JSON.stringify(report)).not.toContain("null");
  });

  test("sends the key", async () => {
    await dialAndWait("busy-bob");
    expect(receiver.deliveries.at(-1)?.authorization).toBe("Bearer key-of-kamailio");
  });

  test("does not report the 410 to a re-INVITE of an answered call", async () => {
    const [answered] = await dialAndWait("answers-bob");
    // Reports come in order: after that of a later call, none is missing.
    await dialAndWait("busy-after");
    const ofThisCall = receiver.deliveries.filter(({ report }) => report.call_id === answered?.call_id);
    expect(ofThisCall.map(({ report }) => report.code)).toEqual([200]);
  });

  test("gives a retransmitted answer the same id", async () => {
    const [first, second] = await dialAndWait("moved-twice-bob", 2);
    expect(second?.id).toBe(first?.id);
  });

  test.each([
    ["fork-gone-answers-bob", ["gone", 410], ["answers", 200]],
    ["fork-moved-busy-bob", ["moved", 301], ["busy", 486]],
    ["hunt-gone-answers-bob", ["gone", 410], ["answers", 200]],
  ])("reports each branch of %s with the URI dialled on it", async (user, ...branches) => {
    const reports = await dialAndWait(user, 2);
    const inOrder = reports.toSorted((a, b) => a.branch - b.branch);
    expect(inOrder.map(({ branch, uri, code }) => [branch, uri, code])).toEqual(
      branches.map(([name, code], branch) => [branch, `sip:${name}-bob@pbx.example.net`, code]),
    );
    expect(inOrder[0]?.id).not.toBe(inOrder[1]?.id);
  });

  test("sends a Contact that is not UTF-8 as base64", async () => {
    const [report] = await dialAndWait("moved-latin-bob");
    const sent = Buffer.from('"J\u00f6rg" <sip:moved-latin-bob@new.example.net>', "latin1");
    expect(report?.contact).toEqual([{ base64: sent.toString("base64") }]);
  });

  test("loses none of 120 Contact rows", async () => {
    const [report] = await dialAndWait("moved-many-bob");
    const sent = Array.from({ length: 120 }, (_, i) => `<sip:moved-many-bob@host-${i}.example.net>`);
    expect(report?.contact).toEqual([sent.join(",")]);
  });

  test("reports a header of 16 kB", async () => {
    const [report] = await dialAndWait("gone-verbose-bob");
    expect(report?.warnings).toEqual([`399 gw.example "${"so long ".repeat(2000)}"`]);
  });

  test("retries a report until it is accepted, and keeps the order", async () => {
    const before = receiver.deliveries.length;
    receiver.answerNextWith(503, 500, 429);
    await kamailio.dial("gone-carl");
    await kamailio.dial("answers-carl");
    await kamailio.dial("busy-carl");
    await receiver.waitForReports("busy-carl", 1);
    const made = receiver.deliveries.slice(before).map(({ report, answered }) => [report.code, answered]);
    expect(made).toEqual([
      [410, 503],
      [410, 500],
      [410, 429],
      [410, 202],
      [200, 202],
      [486, 202],
    ]);
  });

  test("keeps events while the receiver is down", async () => {
    await receiver.goAway();
    await kamailio.dial("gone-dora");
    await kamailio.dial("moved-dora");
    await expect.poll(() => kamailio.log()).toContain("waits, the answer was 7");
    await receiver.comeBack();
    await receiver.waitForReports("moved-dora", 1);
    const lastTwo = receiver.deliveries.slice(-2).map(({ report }) => report.code);
    expect(lastTwo).toEqual([410, 301]);
  });

  test("does not delay calls while the receiver does not answer", async () => {
    receiver.answerNextWith(null);
    await kamailio.dial("gone-emil");
    await waitFor(() => expect(receiver.unanswered()).toBe(1));
    await kamailio.dial("busy-emil");
    expect(receiver.unanswered()).toBe(1);
    const [report] = await receiver.waitForReports("gone-emil", 1);
    expect(receiver.deliveries.filter((delivery) => delivery.report.id === report?.id)).toHaveLength(2);
  });

  test("drops a refused report, logs its id and the answer, and continues", async () => {
    receiver.answerNextWith(422);
    await kamailio.dial("gone-fred");
    await dialAndWait("busy-fred");
    const refused = receiver.deliveries
      .filter(({ answered }) => answered === 422)
      .map(({ report }) => report.id);
    expect(refused).toHaveLength(1);
    expect(kamailio.log()).toContain(
      `event ${refused[0]} is dropped, refused with 422: {"detail":"as planned"}`,
    );
  });

  test("passes the loop limit of Kamailio with a long queue", async () => {
    const users = Array.from({ length: 120 }, (_, i) => `busy-gus${i}`);
    await receiver.goAway();
    await kamailio.dial(...users);
    await receiver.comeBack();
    await Promise.all(users.map((user) => receiver.waitForReports(user, 1)));
    expect(kamailio.log()).not.toContain("runaway while");
  });
});
