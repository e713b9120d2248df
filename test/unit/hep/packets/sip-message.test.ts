import { assert as check, property, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { readSipMessage } from "../../../../src/hep/packets/sip-message.ts";

const read = (...lines: readonly string[]) =>
  readSipMessage(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"));
const via = "Via: SIP/2.0/UDP h:5060;branch=z9hG4bKa";
const head = [via, "From: <sip:a@b>;tag=1", "To: <sip:c@d>", "Call-ID: x", "CSeq: 1 INVITE"];
const without = (name: string) => head.filter((line) => !line.startsWith(name));
const invite = "INVITE sip:c@d SIP/2.0";
const gone = "SIP/2.0 410 Gone";

// … is read as …
const messages: [string, readonly string[], object][] = [
  [
    "an INVITE",
    [invite, ...head],
    { kind: "invite", requestUri: "sip:c@d", callId: "x", cseq: 1, inDialog: false },
  ],
  [
    "an INVITE in a dialog",
    [invite, ...without("To"), "To: <sip:c@d> ; tag=2"],
    { kind: "invite", inDialog: true },
  ],
  [
    "an answer",
    [gone, ...head],
    { kind: "response", status: 410, reason: "Gone", vias: ["z9hG4bKa h:5060"] },
  ],
  ["an answer without a phrase", ["SIP/2.0 410", ...head], { kind: "response", status: 410, reason: "" }],
  [
    "compact names, spaces and capitals",
    [
      gone,
      "v : SIP / 2.0 / UDP  H:5060 ; Branch = z9hG4bKa",
      "f: <sip:a@b>",
      "t: <sip:c@d>",
      "I: x",
      "CSEQ:  1  INVITE",
      "m: <sip:n@o>",
    ],
    { kind: "response", vias: ["z9hG4bKa h:5060"], callId: "x", contacts: ["<sip:n@o>"] },
  ],
  [
    "several Vias in a row, with parameters added on the way",
    [
      gone,
      ...without("Via"),
      "Via: SIP/2.0/UDP p:1;branch=b1;rport=5;received=1.2.3.4, SIP/2.0/TLS h;branch=b2",
    ],
    { vias: ["b1 p:1", "b2 h"] },
  ],
  [
    "a folded row",
    [gone, ...head, "Contact: <sip:n@o>", "\t;q=0.5", " ;x"],
    { contacts: ["<sip:n@o> ;q=0.5 ;x"] },
  ],
  ["a folded row of another header", [gone, ...head, "Subject: a", " Contact: <sip:n@o>"], { contacts: [] }],
  ["lines that end in LF alone", [[gone, ...head].join("\n")], { kind: "response", callId: "x" }],
  ["a body that looks like a header", [gone, ...head, "", "Contact: <sip:n@o>"], { contacts: [] }],
  [
    "bytes that are not valid UTF-8",
    [gone, ...head, 'Contact: "J\u00f6rg" <sip:n@o>'],
    { contacts: ['"J\u00f6rg" <sip:n@o>'] },
  ],
  [
    "a caller with a phone number",
    [gone, ...without("From"), "From: <tel:+4930;x=y>"],
    { fromUser: "+4930" },
  ],
  ["an answer after empty lines", ["", "", gone, ...head], { status: 410 }],
  [
    "a row that is folded after its colon",
    [gone, ...without("Call-ID"), "Call-ID:", " folded"],
    { callId: "folded" },
  ],
  [
    "a tag in the name and the URI of To",
    ["INVITE sip:c@d SIP/2.0", ...without("To"), 'To: ";tag=x" <sip:c@d;tag=y>'],
    { inDialog: false },
  ],
  ["an answer to a BYE", [gone, ...without("CSeq"), "CSeq: 2 BYE"], { kind: "other" }],
  ["an ACK", ["ACK sip:c@d SIP/2.0", ...head], { kind: "other" }],
  ["an INVITE of version 3", ["INVITE sip:c@d SIP/3.0", ...head], { kind: "bad" }],
  ["a status of two digits", ["SIP/2.0 41 Gone", ...head], { kind: "bad" }],
  ["an answer without Via", [gone, ...without("Via")], { kind: "bad" }],
  ["an answer without Call-ID", [gone, ...without("Call-ID")], { kind: "bad" }],
  ["an answer without CSeq", [gone, ...without("CSeq")], { kind: "bad" }],
  ["an answer without headers", [gone], { kind: "bad" }],
  [
    "an answer with 600 rows",
    [gone, ...head, ...Array.from({ length: 600 }, (_, n) => `X-${n}: y`)],
    { kind: "bad" },
  ],
];
test.for(messages)("%s is read", ([, lines, expected]) => {
  expect(read(...lines)).toMatchObject(expected);
});

const kinds = ["invite", "response", "other", "bad"];

test("random bytes never throw: each message is read, or is bad", () => {
  const bytes = uint8Array({ maxLength: 200 });
  check(
    property(bytes, (any) => {
      expect(kinds).toContain(readSipMessage(Buffer.from(any)).kind);
    }),
  );
  const rows = uint8Array({ maxLength: 100 }).map((row) => Buffer.from(row).toString("latin1"));
  check(
    property(rows, rows, (a, b) => {
      expect(kinds).toContain(read(invite, ...head, a, b).kind);
    }),
  );
});
