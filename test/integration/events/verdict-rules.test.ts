import { describe, expect } from "vitest";
import { test } from "../../support/shared.ts";
import { A, at, B, C, call, type EventBody, gone, moved } from "../fold/calls.ts";
import { checkedService } from "../fold/invariants.ts";

const service = await checkedService();

const sips = "sips:a@pbx.example";

// a 301 of the address … (A if missing) to the Contact … is held by the rule …
const holds: [string, string, string?][] = [
  ["<sip:b@pbx.example;gr=urn:uuid:f81d>", "device-contact"],
  ["<sip:b@pbx.example;gr>", "device-contact"],
  ["<sip:b@pbx.example;ob>", "device-contact"],
  ["<sip:b@pbx.example;rinstance=1a2b>", "device-contact"],
  ["<sip:b@198.51.100.7>", "weaker-host"],
  ["<sip:b@[2001:db8::7]>", "weaker-host"],
  ["<sip:b@10.0.0.7>", "weaker-host"],
  ["<sip:b@127.0.0.8;line=sr-x>", "weaker-host"],
  ["<sip:b@pbx>", "weaker-host"],
  ["<sip:b@pbx.local>", "weaker-host"],
  ["<sip:b@pbx.internal>", "weaker-host"],
  ["<sip:b@pbx.invalid>", "weaker-host"],
  ["<sip:b@localhost>", "weaker-host"],
  ["<sip:b@pbx.localhost>", "weaker-host"],
  ["<sip:b@10.0.0.7>", "weaker-host", "sip:a@198.51.100.7"],
  ["<sip:b@100.64.0.1>", "weaker-host", "sip:a@198.51.100.7"],
  ["<sip:b@172.31.255.255>", "weaker-host", "sip:a@198.51.100.7"],
  ["<sip:b@192.168.1.1>", "weaker-host", "sip:a@198.51.100.7"],
  ["<sip:b@169.254.1.1>", "weaker-host", "sip:a@198.51.100.7"],
  ["<sip:b@224.0.0.1>", "weaker-host", "sip:a@198.51.100.7"],
  ["<sip:b@[fd00::1]>", "weaker-host", "sip:a@[2001:db8::7]"],
  ["<sip:b@[fe80::1]>", "weaker-host", "sip:a@[2001:db8::7]"],
  ["<sip:b@[::1]>", "weaker-host", "sip:a@[2001:db8::7]"],
  ["<sip:b@[::ffff:10.0.0.1]>", "weaker-host", "sip:a@198.51.100.7"],
  ["<sip:b@pbx.example>;mp=1", "other-party"],
  ["<sip:vm@pbx.example;cause=404>", "other-party"],
  ["<sip:vm@pbx.example;target=sip:a%40pbx.example>", "other-party"],
  ["<sip:b@pbx.example>", "sips-downgrade", sips],
  ["<sip:b@pbx.example;transport=tls>", "sips-downgrade", sips],
  ["<tel:+442079460018>", "first-phone-number"],
  ["<sip:+442079460018@gw.example;user=phone>", "first-phone-number"],
  ["<sip:+442079460018@gw.example>", "first-phone-number"],
];
test.for(holds)("a 301 to %s is held as %s", async ([contact, rule, from = A], { book }) => {
  const { id } = await book.addContact(from);
  const event = await book.reportOne(call(301, from, 1, { contacts: [contact] }));
  expect(event.verdict).toMatchObject({ code: "held", rule });
  expect(event.outcomes).toMatchObject([{ contactId: id, code: "held", rule, changeId: null }]);
  expect(await book.shown(id)).toEqual([`${from} active`]);
  expect(await book.changes()).toMatchObject([{ kind: "asserted" }]);
});

test("a 301 with a Diversion header is held", async ({ book }) => {
  const { id } = await book.addContact(A);
  const diversion = ["<sip:a@pbx.example>;reason=unconditional"];
  expect(await book.report(moved(A, B, 1, { diversion }))).toEqual(["held/diversion"]);
  expect(await book.shown(id)).toEqual([`${A} active`]);
});

test("a held event does not stop the events after it", async ({ book }) => {
  const { id } = await book.addContact(A);
  const events = [moved(A, "sip:b@10.0.0.7", 1), moved(A, B, 2), gone(B, 3)];
  expect(await book.report(...events)).toEqual([
    "held/weaker-host",
    "applied/moved-permanently",
    "applied/gone",
  ]);
  expect(await book.shown(id)).toEqual([`${B} gone`]);
});

// a 301 with the Contacts … rewrites the address … to …
const moves: [string, readonly string[], string, string][] = [
  ["to the Contact with the highest q", [`<${B}>;q=0.1, <${C}>;q=0.9`], A, C],
  ["to a Contact without q, which counts as 1", [`<${B}>;q=0.9`, `<${C}>`], A, C],
  ["to the first of two Contacts with equal q", [`<${B}>;q=0.5`, `<${C}>;q=0.5`], A, B],
  ["to a Contact with an invalid q, which counts as missing", [`<${B}>;q=0.9`, `<${C}>;q=5`], A, C],
  ["to a Contact with q=0 if there is no other", [`<${B}>;q=0`], A, B],
  ["past a display name with a comma and angle brackets", [`"b, <sip:evil@x.example>" <${B}>`], A, B],
  [
    "without the parameters after a bare URI, which belong to the header",
    [`${B};expires=3600;transport=tcp`],
    A,
    B,
  ],
  ["to a Contact with an expiry time, in immediate mode", [`<${B}>;expires=3600`], A, B],
  ["past a Contact that has expired", [`<${B}>;expires=0`, `<${C}>;q=0.1`], A, C],
  ["past the dialled address", [`<${A};transport=tcp>`, `<${B}>;q=0.1`], A, B],
  ["past Contacts with other schemes", ["<mailto:b@pbx.example>", `<${B}>;q=0.1`], A, B],
  ["to a Contact with rc, which means the same user", [`<${B}>;rc=1`], A, B],
  [
    "to the URI without its temporary parameters",
    ["<sip:b:pw@pbx.example:5080;transport=tcp;lr;x=y>"],
    A,
    "sip:b@pbx.example:5080;transport=tcp",
  ],
  ["to sips", ["<sips:b@pbx.example>"], A, "sips:b@pbx.example"],
  ["from sips to sips", ["<sips:b@pbx.example>"], sips, "sips:b@pbx.example"],
  ["from number to number", ["<tel:+442079460019>"], "tel:+442079460018", "tel:+442079460019"],
  ["from one IP literal to another", ["<sip:b@198.51.100.8>"], "sip:a@198.51.100.7", "sip:b@198.51.100.8"],
  ["from one private host to another", ["<sip:b@10.0.0.8>"], "sip:a@10.0.0.7", "sip:b@10.0.0.8"],
  ["from an IP literal to a domain", [`<${B}>`], "sip:a@10.0.0.7", B],
  ["to another port of the domain", ["<sip:a@pbx.example:5080>"], A, "sip:a@pbx.example:5080"],
  ["to a domain under .test", ["<sip:a@pbx.test>"], A, "sip:a@pbx.test"],
];
test.for(moves)("a 301 moves an address %s", async ([, contacts, from, to], { book }) => {
  const { id } = await book.addContact(from);
  expect(await book.report(call(301, from, 1, { contacts: [...contacts] }))).toEqual([
    "applied/moved-permanently",
  ]);
  expect(await book.shown(id)).toEqual([`${to} active`]);
});

// a response …, with …, is recorded by the rule …
const records: [number, Partial<EventBody>, string][] = [
  [410, { reasonHeaders: ["Q.850;cause=23"] }, "cause-veto"],
  [410, { reasonHeaders: ['Q.850;cause=16;text="Normal call clearing"'] }, "cause-veto"],
  [410, { reasonHeaders: ['SIP;cause=410;text="a, b", q.850 ;cause= 1'] }, "cause-veto"],
  [410, { warnings: ['399 repro "Flow no longer exists"'] }, "flow-veto"],
  [410, { reason: "Flow failed" }, "flow-veto"],
  [410, { inDialog: true }, "in-dialog"],
  [410, { followed: true }, "followed-redirect"],
  [410, { method: "REGISTER" }, "not-an-invite"],
  [410, { method: "OPTIONS" }, "not-an-invite"],
  [410, { branchOutcomes: [404, 486] }, "branch-alive"],
  [410, { branchOutcomes: [180] }, "branch-alive"],
  [410, { branchOutcomes: [200] }, "answered-elsewhere"],
  [410, { branchOutcomes: [480] }, "branch-alive"],
  [410, { branchOutcomes: [600] }, "branch-alive"],
  [410, { branchOutcomes: [603] }, "branch-alive"],
  [301, {}, "no-usable-contact"],
  [301, { contacts: [] }, "no-usable-contact"],
  [301, { contacts: ["*"] }, "no-usable-contact"],
  [301, { contacts: [""] }, "no-usable-contact"],
  [301, { contacts: ["<sip:b@pbx.example"] }, "no-usable-contact"],
  [301, { contacts: ['"b <sip:b@pbx.example>'] }, "no-usable-contact"],
  [301, { contacts: ["<mailto:b@pbx.example>", "<http://pbx.example/b>"] }, "no-usable-contact"],
  [301, { contacts: [`<${B}>;expires=0`] }, "no-usable-contact"],
  [301, { contacts: [`<${B}>`], expires: 0 }, "no-usable-contact"],
  [301, { contacts: [`<${B}?Subject=x>`] }, "no-usable-contact"],
  [301, { contacts: [`<${B};maddr=192.0.2.1>`] }, "no-usable-contact"],
  [301, { contacts: [`<${B};method=BYE>`] }, "no-usable-contact"],
  [301, { contacts: [`<${A}>`] }, "self-redirect"],
  [301, { contacts: ["<SIP:%61@PBX.example:5060;transport=tcp>"] }, "self-redirect"],
  [301, { contacts: ["<sips:a@pbx.example>"] }, "self-redirect"],
  [301, { contacts: [`<${B}>`], inDialog: true }, "in-dialog"],
  [301, { contacts: [`<${B}>`], method: "SUBSCRIBE" }, "not-an-invite"],
  [301, { contacts: [`<${B}>`], method: "MESSAGE" }, "not-an-invite"],
  [100, {}, "provisional"],
  [183, {}, "provisional"],
  ...[300, 302, 305, 380].map((status): [number, Partial<EventBody>, string] => [
    status,
    { contacts: [`<${B}>`] },
    "status-without-effect",
  ]),
  ...[401, 403, 404, 407, 408, 413, 480, 484, 486, 487, 500, 503, 600, 603, 604, 606].map(
    (status): [number, Partial<EventBody>, string] => [status, {}, "status-without-effect"],
  ),
];
test("events that must only be recorded change nothing", async ({ book }) => {
  const { id } = await book.addContact(A);
  const verdicts = await book.report(...records.map(([status, fields]) => call(status, A, 1, fields)));
  const told = (rule: string, index: number) => `${index} ${JSON.stringify(records[index])}: ${rule}`;
  expect(verdicts.map(told)).toEqual(records.map(([, , rule], index) => told(`recorded/${rule}`, index)));
  expect(await book.shown(id)).toEqual([`${A} active`]);
  expect(await book.changes()).toHaveLength(1);
});

test("a 410 acts despite details that do not matter", async () => {
  const harmless: Partial<EventBody>[] = [
    { reasonHeaders: ['Q.850;cause=22;text="Number changed"'] },
    { reasonHeaders: ['SIP;cause=410;text="Gone"'] },
    { warnings: ['399 pbx.example "Number changed"'] },
    { branchOutcomes: [404, 408, 410, 500, 503] },
    { branchOutcomes: [100] },
    { inDialog: false, followed: false },
  ];
  for (const fields of harmless) {
    const book = await service.makeBook();
    await book.addContact(A);
    expect(await book.report(gone(A, 1, fields)), JSON.stringify(fields)).toEqual(["applied/gone"]);
  }
});

// Request-URIs that do not name an address.
const nobodies = [
  "sip:a@pbx.example?Subject=x",
  "sip:a@pbx.example;method=INVITE",
  "sip:a@pbx.example;maddr=192.0.2.1",
];
test.for(nobodies)(
  "a 410 for %s is only recorded, because it does not name an address",
  async (uri, { book }) => {
    const { id } = await book.addContact(A);
    expect(await book.report(gone(uri, 1))).toEqual(["recorded/no-identity"]);
    expect(await book.shown(id)).toEqual([`${A} active`]);
  },
);

describe("the verdict of an event that matched several addresses", () => {
  test("is the first of applied, held, recorded and stale; each address has its own", async ({ book }) => {
    const early = await book.addContact(A);
    const late = await book.post("/v1/contacts", {
      body: { name: "Late", addresses: [{ uri: A, assertedAt: at(10) }] },
    });
    expect(late.status).toBe(201);
    const events = [call(200, A, 5), moved(A, "sip:b@10.0.0.1", 6), gone(A, 7)];
    const kept = [];
    for (const event of events) kept.push(await book.reportOne(event));
    expect(kept.map(({ verdict }) => `${verdict?.code}/${verdict?.rule}`)).toEqual([
      "recorded/no-change",
      "held/weaker-host",
      "applied/gone",
    ]);
    const codes = kept.map(({ outcomes }) => outcomes.map(({ code }) => code).toSorted());
    expect(codes).toEqual([
      ["recorded", "stale"],
      ["held", "stale"],
      ["applied", "stale"],
    ]);
    const [change] = (await book.changes()).slice(-2);
    expect(kept[2]?.outcomes).toContainEqual(
      expect.objectContaining({ contactId: early.id, code: "applied", changeId: change?.id }),
    );
  });

  test("is a single verdict, and all addresses change", async ({ book }) => {
    const contacts = [await book.addContact(A), await book.addContact(A), await book.addContact(A, C)];
    const event = await book.reportOne(moved(A, B, 1));
    expect(event.outcomes.map(({ contactId }) => contactId).toSorted()).toEqual(
      contacts.map(({ id }) => id).toSorted(),
    );
    for (const { id } of contacts) expect(await book.shown(id)).toContain(`${B} active`);
  });
});
