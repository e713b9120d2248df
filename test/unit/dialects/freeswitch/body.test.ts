import { describe, expect, test } from "vitest";
import { freeswitch } from "../../../../src/dialects/freeswitch/freeswitch.ts";
import { base64, gone, json, moved, percent, socketEvent, xml } from "../../../support/pbx/freeswitch-cdr.ts";
import { eventOf, read as interpret } from "./event.ts";

const read = (body: string, contentType = "") =>
  freeswitch.read({ body, contentType, headers: {}, query: {}, mapping: null });
const expected = read(json(moved));

// … posts …, as the content type …
const ways: [string, string, string][] = [
  ["mod_json_cdr", json(moved, { encode: true }), "application/json"],
  ["mod_json_cdr, encode-values=false", json(moved), "application/json"],
  [
    "mod_json_cdr with disable-100-continue=true: JSON with the content type of a form",
    json(moved, { encode: true }),
    "application/x-www-form-urlencoded",
  ],
  [
    "mod_json_cdr, encode=true, encode-values=false",
    `cdr=${percent(json(moved))}`,
    "application/x-www-form-urlencoded",
  ],
  [
    "mod_json_cdr, encode=base64",
    `cdr=${base64(json(moved, { encode: true }))}`,
    "application/x-www-form-base64-encoded",
  ],
  ["mod_format_cdr, JSON, encode=appljson", json(moved), "application/json"],
  ["mod_format_cdr, JSON, no encoding", `cdr=${json(moved)}`, "application/x-www-form-plaintext"],
  [
    "mod_xml_cdr, encode=true: encoded twice",
    `cdr=${percent(xml(moved))}`,
    "application/x-www-form-urlencoded",
  ],
  ["mod_xml_cdr, encode=textxml", xml(moved), "text/xml"],
  ["mod_xml_cdr, no encoding", `cdr=${xml(moved)}`, "application/x-www-form-plaintext"],
  ["mod_xml_cdr, encode=base64", `cdr=${base64(xml(moved))}`, "application/x-www-form-base64-encoded"],
  [
    "a script that posts its own form",
    new URLSearchParams({ uuid: "1", cdr: xml(moved), x: "&" }).toString(),
    "text/plain",
  ],
  ["a script that escapes base64", new URLSearchParams({ cdr: base64(xml(moved)) }).toString(), "text/plain"],
  [
    "an editor that adds a byte order mark and a last newline",
    `\u{feff}${json(moved)}\n`,
    "application/json",
  ],
];
test.for(ways)("the body is read as posted by %s", ([, body, contentType]) => {
  expect(expected.kind).toBe("events");
  expect(read(body, contentType)).toEqual(expected);
  // The content type may be wrong or missing.
  expect(read(body, "application/json")).toEqual(expected);
  expect(read(body)).toEqual(expected);
});

// a value with … is read the same from every encoding
const values: [string, string][] = [
  ["a plus", "sip:+4930123@pbx.example"],
  ["a percent sign", "sip:b%20c%2B@pbx.example"],
  ["characters special in XML and forms", 'sip:a&b=c+d@pbx.example;x="<>"'],
  ["letters beyond ASCII", "sip:jörg-日本@pbx.example"],
];
test.for(values)("a value with %s is read the same from every encoding", ([, uri]) => {
  const variables = { ...gone, sip_destination_url: uri };
  const bodies = [json(variables), json(variables, { encode: true }), xml(variables)];
  const all = bodies.flatMap((body) => [body, `cdr=${body}`, `cdr=${percent(body)}`, `cdr=${base64(body)}`]);
  for (const body of all) expect(read(body)).toMatchObject({ events: [{ event: { requestUri: uri } }] });
});

test("a value that is not valid UTF-8 is read as Latin-1", () => {
  const body = json(gone).replace("sip:bob@127.0.0.2:15176", "sip%3Aj%F6rg%40pbx.example");
  expect(read(body)).toMatchObject({ events: [{ event: { requestUri: "sip:jörg@pbx.example" } }] });
});

test("only the first of two equal elements counts, and only in its place", () => {
  const body = xml(gone)
    .replace("  </variables>", "<uuid>second</uuid><x><sip_reason>inner</sip_reason></x></variables>")
    .replace("</channel_data>", "<direction>inbound</direction></channel_data>")
    .replace("  <variables>", "  <variables><![CDATA[ ]]><!-- > --><?x y?>");
  expect(read(body)).toEqual(read(json(gone)));
});

test("both of two Reason values are kept, in XML or as a list, so that neither veto is lost", () => {
  const reasons = ["SIP;cause=410", "Q.850;cause=23"];
  const twice = reasons.map((reason) => `<sip_reason>${percent(reason)}</sip_reason>`).join("");
  const list = json(gone).replace('"uuid"', `"sip_reason":${JSON.stringify(reasons)},"uuid"`);
  for (const body of [xml(gone).replace("</variables>", `${twice}</variables>`), list])
    expect(read(body)).toMatchObject({ events: [{ event: { reasonHeaders: reasons } }] });
});

const most = 4 * 1024 * 1024;
const beyond = /deeper than 64 levels, or holds more than 20000 values/;
const element = (content: string) => xml(gone).replace(/<uuid>[^<]*/, () => `<uuid>${content}`);
const declared = (declaration: string) =>
  element("&x;").replace("?>", () => `?><!DOCTYPE cdr [${declaration}]>`);

// a body of … is refused with …
const hostile: [string, string, RegExp][] = [
  ["nothing", "", /neither JSON nor XML, and has no field cdr/],
  ["a form without the field cdr", "uuid=1&abcdr=2", /has no field cdr/],
  ["a form with an empty field", "cdr=", /its field cdr is neither/],
  ["random text that looks like base64", `cdr=${"QUJD".repeat(most / 4)}`, /its field cdr is neither/],
  ["random text that does not look like base64", `cdr=A${" ".repeat(most)}!`, /its field cdr is neither/],
  ["percent signs", `cdr=${"%".repeat(most)}`, /its field cdr is neither/],
  ["percent-encodings", `cdr=${"%25".repeat(most / 3)}`, /its field cdr is neither/],
  [
    "mod_json_cdr that encodes both values and body, so that the values stay encoded once",
    `cdr=${percent(json(moved, { encode: true })).replaceAll("%25", "%")}`,
    /JSON.*with encode=true, mod_json_cdr and mod_format_cdr need encode-values=false/,
  ],
  ["half of a JSON document", json(gone).slice(0, 500), /JSON/],
  ["half of an XML document", xml(gone).slice(0, 500), /unclosed tag/],
  ["two XML documents", xml(gone) + xml(gone), /^\d+:\d+: /],
  ["XML values that were not encoded", element("sip:a@b?x=1&y=2"), /undefined entity|entity/],
  ["nested JSON", `{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`, beyond],
  ["nested XML", "<a>".repeat(100) + "</a>".repeat(100), beyond],
  ["endlessly nested XML", "<a>".repeat(most / 3), beyond],
  ["elements", `<cdr>${"<a/>".repeat(most / 4)}`, beyond],
  ["attributes", `<cdr ${Array.from({ length: 400_000 }, (_, i) => `a${i}=""`).join(" ")}/>`, beyond],
  ["an entity that the document declares", declared('<!ENTITY x "y">'), /undefined entity/],
  [
    "entities nested in entities",
    declared('<!ENTITY y "yyyyyyyy"><!ENTITY x "&y;&y;&y;&y;">'),
    /undefined entity/,
  ],
  ["an entity from a file", declared('<!ENTITY x SYSTEM "file:///etc/hostname">'), /undefined entity/],
  ["an entity that never ends", element(`&${"a".repeat(most)}`), /^\d+:\d+: /],
  ["a tag that never ends", `<${"a".repeat(most)}`, /^\d+:\d+: /],
];
test.for(hostile)("a body of %s is refused with the place and the reason", ([, body, detail]) => {
  const translation = read(body);
  if (translation.kind === "malformed") expect(translation.detail).toMatch(detail);
  else
    expect(translation).toMatchObject({
      kind: "invalid",
      errors: [{ pointer: "", detail: expect.stringMatching(detail) }],
    });
});

test.for([
  ["a value", json({ ...gone, a: "x".repeat(most) })],
  ["a value of XML", element("x".repeat(most))],
  ["a value of entities", element("&amp;".repeat(most / 5))],
  ["a comment", xml(gone).replace("<variables>", `<variables><!--${"- ".repeat(most / 2)}-->`)],
])("%s of 4 MiB is read", ([, body = ""]) => {
  expect(read(body).kind).toBe("events");
});

describe("a body with impossible values", () => {
  // a body with … is refused with the place …
  const wrong: [string, string, { pointer: string }[]][] = [
    ["no variables", "{}", [{ pointer: "/variables" }]],
    ["variables as a list", '{"variables":[]}', [{ pointer: "/variables" }]],
    ["no direction", '{"variables":{"uuid":"1"}}', [{ pointer: "/channel_data/direction" }]],
    ["an unknown direction", json({ ...gone, direction: "up" }), [{ pointer: "/channel_data/direction" }]],
    [
      "an endless address",
      json({ ...gone, sip_destination_url: `sip:${"b".repeat(3000)}@pbx.example` }),
      [{ pointer: "/variables/sip_destination_url" }],
    ],
    [
      "an endless address from the event socket",
      socketEvent({ ...gone, sip_destination_url: `sip:${"b".repeat(3000)}@pbx.example` }),
      [{ pointer: "/variable_sip_destination_url" }],
    ],
  ];
  test.for(wrong)("%s", ([, body, errors]) => {
    const interpretation = interpret(body);
    if (interpretation.kind !== "unparsed") throw new Error(interpretation.kind);
    expect(interpretation.problem.toBody()).toMatchObject({ status: 422, errors });
  });

  test("NUL and incomplete characters are replaced, and the event is still read", () => {
    const body = json({ ...gone, sip_reason: "a\0b\ud800" });
    expect(eventOf(body).reasonHeaders).toEqual(["a\u{fffd}b\u{fffd}"]);
    expect(eventOf(json({ ...gone, sip_reason: "Q.850\0" }, { encode: true })).reasonHeaders).toEqual([
      "Q.850\u{fffd}",
    ]);
  });
});
