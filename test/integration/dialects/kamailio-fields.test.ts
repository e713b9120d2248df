import { expect } from "vitest";
import { expectStatus, receiptsOf, wait } from "../../support/service.ts";
import { test } from "../../support/shared.ts";
import { goneBody, target, ts } from "./kamailio-body.ts";

const oldDate = "Thu, 01 Dec 1994 16:00:00 GMT";
const base64 = (text: string) => ({ base64: Buffer.from(text, "latin1").toString("base64") });
const redirect = (contact: unknown = `<${target}>`) => ({ code: 301, contact: [contact] });
const moves = "applied/moved-permanently";

// a report with … has these fields and gets the verdict …
const fields: [string, object, string][] = [
  ["cause 22", { reason_headers: ["Q.850;cause=22"] }, "applied/gone"],
  ["another cause", { reason_headers: ["SIP;cause=410, Q.850;cause=16"] }, "recorded/cause-veto"],
  ["a single reason header", { reason_header: "Q.850;cause=23" }, "recorded/cause-veto"],
  ["an empty reason header", { reason_header: "<null>" }, "applied/gone"],
  ["a Flow warning", { warnings: ['399 x "Flow no longer exists"'] }, "recorded/flow-veto"],
  ["no reason phrase", { reason: "<null>" }, "applied/gone"],
  ["neither an aor nor a caller", { aor: "<null>", from: "<null>" }, "applied/gone"],
  ["no Expires", { expires: "<null>" }, "applied/gone"],
  ["an Expires in the old date format", { expires: oldDate }, "applied/gone"],
  ["an Expires that is too large", { expires: "99999999999" }, "applied/gone"],
  ["an Expires with a parameter", { expires: " 60 ;x" }, "applied/gone"],
  ["an empty Contact", { contact: ["<null>"] }, "applied/gone"],
  ["only the required fields", { contact: undefined, reason: undefined, branch: undefined }, "applied/gone"],
  [
    "unknown fields and fields of wrong types",
    { from: "x".repeat(9999), aor: 7, branch: "x", source: null },
    "applied/gone",
  ],
  ["an invalid time", { ts: "soon" }, "applied/gone"],
  ["numbers as text", { code: "410", cseq: "1" }, "applied/gone"],
  ["another method", { method: "REGISTER" }, "recorded/not-an-invite"],
  ["a reason that is not UTF-8", { reason: base64("J\u00f6rg") }, "applied/gone"],
  ["a uri in base64", { uri: base64(goneBody.uri) }, "applied/gone"],
  ["the code 302", { ...redirect(), code: 302 }, "recorded/status-without-effect"],
  ["the code 486", { code: 486, reason: "Busy Here" }, "recorded/status-without-effect"],
  ["the code 200", { code: 200, reason: "OK" }, "recorded/no-change"],
  ["the code 301", redirect(), moves],
  ["a 301 with an empty Contact", redirect("<null>"), "recorded/no-usable-contact"],
  ["a 301 with two Contacts in one header", redirect(`<sip:x@a.example>;q=0.1, <${target}>`), moves],
  ["a 301 with a display name that is not UTF-8", redirect(base64(`"J\u00f6rg" <${target}>`)), moves],
  ["a 301 with a folded header", redirect(`"Alice"\r\n <${target}>`), moves],
  [
    "a 301 with a Diversion",
    { ...redirect(), diversion: ["<sip:a@pbx.example>;reason=unconditional"] },
    "held/diversion",
  ],
  ["a 301 with an old Expires", { ...redirect(), expires: oldDate }, moves],
  ["a 301 to a masked Contact", redirect("<sip:127.0.0.8;line=sr-x>"), "held/weaker-host"],
];
test.for(fields)("a report with %s gets its verdict", async ([, differs, verdict], { book }) => {
  await book.addContact(goneBody.uri);
  const body = { ...goneBody, ts: ts(1), ...differs };
  const answer = expectStatus(200, await book.post("/v1/webhooks/kamailio", { body, headers: wait }));
  const [receipt] = receiptsOf(answer).events;
  expect(`${receipt?.verdict?.code}/${receipt?.verdict?.rule}`).toBe(verdict);
});
