import { expect, test } from "vitest";
import { translate } from "../shared/translated.ts";

const gone = { id: "7", code: 410, uri: "sip:bob@pbx.example.net", call_id: "1-30093@127.0.0.1", cseq: 1 };
const translateWith = (fields: object) => translate("kamailio", JSON.stringify({ ...gone, ...fields }));

// a header … becomes …
const rows: [string, object, object][] = [
  ["Contact", { code: 301, contact: "<sip:bob@new.example>" }, { contacts: ["<sip:bob@new.example>"] }],
  ["Reason", { reason_headers: "Q.850;cause=23" }, { reasonHeaders: ["Q.850;cause=23"] }],
  ["Reason by its other name", { reason_header: ["Q.850;cause=23"] }, { reasonHeaders: ["Q.850;cause=23"] }],
  ["Warning", { warnings: '399 x "Flow failed"' }, { warnings: ['399 x "Flow failed"'] }],
  ["Diversion", { diversion: "<sip:a@x.example>" }, { diversion: ["<sip:a@x.example>"] }],
  ["Contact that is missing", { contact: null, in_dialog: null }, { contacts: [], inDialog: false }],
];
test.for(rows)("a single %s may be given without an array", ([, fields, event]) => {
  expect(translateWith(fields)).toMatchObject(event);
});

test("a URI with a display name and angle brackets is read as the bare URI", () => {
  expect(translateWith({ uri: "<sip:bob@pbx.example.net;transport=tcp>" })).toMatchObject({
    requestUri: "sip:bob@pbx.example.net;transport=tcp",
  });
});

test("an error about a missing field uses the name of Kamailio", () => {
  expect(translateWith({ uri: "<null>" })).toBe("refused /uri");
  expect(translateWith({ code: null })).toBe("refused /code");
});
