import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Mapping, readMapping } from "../../../../src/dialects/generic/mapping.ts";
import { translate } from "../shared/translated.ts";

const mapping: Mapping = { requestUri: "/call/to", status: "/call/result", callId: "/call/id" };
const call = { to: "sip:bob@pbx.example.net", result: "410 Gone", id: "c1" };
const translateWith = (fields: object, more: Partial<Mapping> = {}) =>
  translate("generic", JSON.stringify({ call: { ...call, ...fields } }), {}, { ...mapping, ...more });

test("a mapping says where the event's fields are in the body", () => {
  expect(translateWith({})).toMatchObject({
    id: null,
    requestUri: call.to,
    status: 410,
    callId: "c1",
    method: "INVITE",
    occurredAt: null,
  });
});

// a status … is read as …
const statuses: [unknown, number][] = [
  [410, 410],
  ["410", 410],
  ["sip:410", 410],
  ["410 Gone", 410],
  ["SIP/2.0 301 Moved Permanently", 301],
  ["SIP 410", 410],
];
test.for(statuses)("the status %j is read as %i", ([result, status]) => {
  expect(translateWith({ result })).toMatchObject({ status });
});

const codeless = [null, "", "Gone", "900", "4100", "sip:41", "no answer after 410 ms", "Q850 22, SIP 410"];
test.for(codeless)("a call with the status %j has no code", (result) => {
  expect(translateWith({ result })).toBe("ignored: a call without a SIP code");
});

test("a call that still rings is ignored, because it is not over", () => {
  expect(translateWith({ result: "180 Ringing" })).toBe("ignored: a call that is not over");
});

test("a table of codes gives each value its code, and a value not in the table has no code, not even a number", () => {
  const codes = { gone: 410, "7": 301 };
  expect(translateWith({ result: "gone" }, { codes })).toMatchObject({ status: 410 });
  expect(translateWith({ result: 7 }, { codes })).toMatchObject({ status: 301 });
  for (const result of ["410", "busy", "toString"])
    expect(translateWith({ result }, { codes })).toBe("ignored: a call without a SIP code");
});

// a time … in the format … is read as …
const times: [unknown, Mapping["clock"], string | null][] = [
  ["2026-11-22T14:00:00.250+01:00", undefined, "2026-11-22T13:00:00.250Z"],
  [1795354991.25, "seconds", "2026-11-22T13:43:11.250Z"],
  ["1795354991250", "milliseconds", "2026-11-22T13:43:11.250Z"],
  ["1795354991", "whole-seconds", "2026-11-22T13:43:11.999Z"],
  ["2026-11-22T13:43:11Z", "whole-seconds", "2026-11-22T13:43:11.999Z"],
  ["2026-11-22T13:43:11+00:00", undefined, "2026-11-22T13:43:11.999Z"],
  [1795354991, "seconds", "2026-11-22T13:43:11.999Z"],
  ["2026-11-22T13:43:11.000Z", "whole-seconds", "2026-11-22T13:43:11.999Z"],
  ["", "seconds", null],
  [0, "seconds", null],
];
test.for(times)("the time %j in the format %s is read as %s", ([at, clock = "rfc3339", occurredAt]) => {
  expect(translateWith({ at }, { occurredAt: "/call/at", clock })).toMatchObject({ occurredAt });
});

test.for([
  ["yesterday", "rfc3339"],
  [1795354991, "rfc3339"],
  ["22.11.2026", "seconds"],
  ["63724349409000000", "milliseconds"],
  ["noon", "whole-seconds"],
] as const)("the time %j is none on the clock %s, and is refused with its place", ([at, clock]) => {
  expect(translateWith({ at }, { occurredAt: "/call/at", clock })).toBe("refused /call/at");
});

// an address … is read as …
const addresses: [string, string][] = [
  ["+49301234567", "tel:+49301234567"],
  ["bob@pbx.example.net", "sip:bob@pbx.example.net"],
  ["sips:bob@pbx.example.net:5061;x=y", "sips:bob@pbx.example.net:5061;x=y"],
  ['"Bob, \\"B\\" <x>" <sip:bob@pbx.example.net;x=y>;tag=1', "sip:bob@pbx.example.net;x=y"],
  ["Bob Q <bob@pbx.example.net>", "sip:bob@pbx.example.net"],
  ["<tel:+49301234567>", "tel:+49301234567"],
  // Several addresses count as none.
  ["<sip:a@x.example>, <sip:b@x.example>", "<sip:a@x.example>, <sip:b@x.example>"],
];
test.for(addresses)("the address %s is read as %s", ([to, requestUri]) => {
  expect(translateWith({ to })).toMatchObject({ requestUri });
});

const contacts = (value: unknown) => translateWith({ new: value }, { contacts: "/call/new" });

test("a header may have one value or many, and empty values are left out", () => {
  expect(contacts("<sip:a@new.example>")).toMatchObject({ contacts: ["<sip:a@new.example>"] });
  expect(contacts(["<sip:a@x>", "", null, "<sip:b@x>"])).toMatchObject({
    contacts: ["<sip:a@x>", "<sip:b@x>"],
  });
  expect(contacts("")).toMatchObject({ contacts: [] });
});

test("a number or a flag may be given as text", () => {
  const more = { cseq: "/call/n", followed: "/call/f", inDialog: "/call/d" };
  const counted = { cseq: 2, followed: true, inDialog: false };
  expect(translateWith({ n: "2", f: "1", d: "false" }, more)).toMatchObject(counted);
  expect(translateWith({ n: 2, f: true, d: 0 }, more)).toMatchObject(counted);
  expect(translateWith({ n: "two", f: "yes" }, more)).toBe("refused /call/n /call/f");
});

test("a constant is used if the body has no value", () => {
  const constants = { method: "OPTIONS", followed: true, reason: "Gone" };
  expect(translateWith({ why: "No" }, { constants, reason: "/call/why" })).toMatchObject({
    method: "OPTIONS",
    followed: true,
    reason: "No",
  });
  expect(
    translate(
      "generic",
      '{"to":"sip:a@x.example","n":1}',
      {},
      {
        requestUri: "to",
        id: "n",
        constants: { status: 410 },
      },
    ),
  ).toMatchObject({ status: 410, id: "1" });
});

// when the condition is … and the field has …, the body is …
const conditions: [(string | number | boolean | null)[], unknown, "read" | "ignored"][] = [
  [["hangup", "end"], "end", "read"],
  [["hangup"], "ring", "ignored"],
  [["hangup"], undefined, "ignored"],
  [[1], "1", "read"],
  [["true"], true, "read"],
  [[null], undefined, "read"],
  [[null], "", "read"],
  [[null], "sip:other@x", "ignored"],
];
test.for(conditions)("the condition %j on a body with %j gives: %s", ([wanted, type, becomes]) => {
  const read = translateWith({ type }, { when: [{ field: "/call/type", in: wanted }] });
  if (becomes === "read") expect(read).toMatchObject({ status: 410 });
  else expect(read).toBe("ignored: a body that the mapping does not want");
});

test("a body is read only if all conditions hold", () => {
  const when = [
    { field: "/call/id", in: ["c1"] },
    { field: "/call/to", in: ["somebody"] },
  ];
  expect(translateWith({}, { when })).toMatch(/^ignored/);
});

test("a path finds fields by name and array items by number, but no inherited property", () => {
  const body = JSON.stringify({ "a/b": { "~c": ["sip:x@y.example"] }, s: 410, i: "1" });
  const read = (place: string) => translate("generic", body, {}, { requestUri: place, status: "s", id: "i" });
  expect(read("/a~1b/~0c/0")).toMatchObject({ requestUri: "sip:x@y.example" });
  for (const place of ["/a~1b/~0c/1", "/a~1b/~0c/length", "/constructor/name", "/", "s/x"])
    expect(read(place)).toMatch(/^refused/);
});

test("a missing field or a field of the wrong type is refused with its place in the body", () => {
  expect(translateWith({ to: "" })).toBe("refused /call/to");
  expect(translateWith({ result: {} })).toBe("refused /call/result");
  expect(translateWith({ id: null })).toBe("refused /id");
  expect(translate("generic", "a=1", {}, { requestUri: "to/x", status: "s" })).toMatch(/^refused \/to~1x/);
});

test("a stored mapping that is no longer valid is reported, and the body is not read", () => {
  expect(translate("generic", "{}", {}, { to: "x" })).toBe("refused ");
});

test("a name finds a form field and a JSON property alike", () => {
  const names: Mapping = { requestUri: "to", status: "code", id: "n" };
  const event = { requestUri: "sip:bob@x.example", status: 410, id: "5" };
  expect(translate("generic", "to=sip%3Abob%40x.example&code=410&n=5&n=6", {}, names)).toMatchObject(event);
  const json = '{"to":"sip:bob@x.example","code":410,"n":5}';
  expect(translate("generic", json, {}, names)).toMatchObject(event);
});

test("a source without a mapping reads sipbook's own fields, as JSON and as a form", () => {
  const event = { requestUri: "sip:bob@x.example", status: 301, contacts: ["<sip:a@b.example>"], cseq: 2 };
  expect(translate("generic", JSON.stringify({ ...event, id: "1" }))).toMatchObject(event);
  const form = new URLSearchParams({ requestUri: event.requestUri, status: "301", cseq: "2", id: "1" });
  form.set("contacts", "<sip:a@b.example>");
  expect(translate("generic", form.toString())).toMatchObject(event);
});

test.for(["", "{", "[", '{"status":410}'])("a source without a mapping refuses %j", (body) => {
  expect(translate("generic", body)).toMatch(/^refused/);
});

// The two examples of docs/pbx/generic.md, as they stand there.
const page = readFileSync(join(import.meta.dirname, "../../../../docs/pbx/generic.md"), "utf8");
const block = (name: string) =>
  new RegExp(`^\`\`\`${name}\\n(.*?)^\`\`\`$`, "ms").exec(page)?.[1]?.trim() ?? "";
const example = (body: string, name: string) => {
  const known = readMapping(JSON.parse(block(`json ${name} mapping`)));
  if (known === null) throw new Error(`The mapping of ${name} is none`);
  return translate("generic", body, {}, known);
};

test("the Kazoo example is read as a 410, as JSON and as a form, and the caller's leg is ignored", () => {
  const body = block("json kazoo body");
  const event = { requestUri: "sip:bob@pbx.example.net", status: 410, occurredAt: null };
  expect(example(body, "kazoo")).toMatchObject(event);
  const fields = new URLSearchParams(JSON.parse(body));
  expect(example(fields.toString(), "kazoo")).toMatchObject(event);
  const differing = (other: object) => example(JSON.stringify({ ...JSON.parse(body), ...other }), "kazoo");
  expect(differing({ request: "bob@192.168.1.77:5062" })).toMatchObject({
    requestUri: "sip:bob@192.168.1.77:5062",
  });
  for (const other of [
    { call_direction: "inbound" },
    { is_internal_leg: true },
    { call_forwarded: "true" },
    { billing_seconds: "12" },
  ])
    expect(differing(other)).toMatch(/^ignored/);
});

test("the form example is read as a 301 with its target, at the end of its second", () => {
  expect(example(block("text dialler body"), "dialler")).toMatchObject({
    id: "4711",
    requestUri: "sip:alice@pbx.example.net",
    status: 301,
    contacts: ["<sip:alice@new.example>;q=0.9"],
    occurredAt: "2026-11-22T13:43:11.999Z",
    callId: "a84b4c76e66710",
  });
});
