import { describe, expect, test } from "vitest";
import { parseReasonHeader } from "../../../src/sip/reason.ts";

const rows = [
  [
    "RFC 3326 2",
    'SIP ;cause=200 ;text="Call completed elsewhere"',
    [{ protocol: "SIP", cause: 200, text: "Call completed elsewhere" }],
  ],
  [
    "RFC 3326 2",
    'Q.850 ;cause=16 ;text="Terminated"',
    [{ protocol: "Q.850", cause: 16, text: "Terminated" }],
  ],
  ["RFC 6432: in a response", "Q.850;cause=22", [{ protocol: "Q.850", cause: 22, text: null }]],
  ["RFC 8606: a location", "Q.850;cause=1;location=RLN", [{ protocol: "Q.850", cause: 1, text: null }]],
  [
    "several values in a row",
    'SIP;cause=600;text="Busy", Q.850;cause=17',
    [
      { protocol: "SIP", cause: 600, text: "Busy" },
      { protocol: "Q.850", cause: 17, text: null },
    ],
  ],
  [
    "commas, semicolons and quotes in a text",
    'Q.850;cause=22;text="a, b;cause=1 \\"c\\""',
    [{ protocol: "Q.850", cause: 22, text: 'a, b;cause=1 "c"' }],
  ],
  [
    "names in any case, spaces anywhere",
    "q.850 ; CAUSE = 23 ;\r\n Text = x",
    [{ protocol: "Q.850", cause: 23, text: "x" }],
  ],
  ["a protocol alone", "Preemption", [{ protocol: "PREEMPTION", cause: null, text: null }]],
  ["a quoted cause", 'Q.850;cause="16"', [{ protocol: "Q.850", cause: 16, text: null }]],
  ["a cause that is not a number", "Q.850;cause=abc", [{ protocol: "Q.850", cause: null, text: null }]],
  [
    "a cause with too many digits",
    "Q.850;cause=99999999999999999999",
    [{ protocol: "Q.850", cause: null, text: null }],
  ],
  ["an unquoted text", "SIP;cause=410;text=Gone away", [{ protocol: "SIP", cause: 410, text: "Gone away" }]],
  ["a text that was cut off", 'Q.850;cause=16;text="Norm', [{ protocol: "Q.850", cause: 16, text: "Norm" }]],
  ["the first of two causes", "Q.850;cause=1;cause=2", [{ protocol: "Q.850", cause: 1, text: null }]],
  ["no protocol", ";cause=16, Q.850;cause=17", [{ protocol: "Q.850", cause: 17, text: null }]],
  ["an empty row", "", []],
] as const;

describe("the Reason header field", () => {
  test.for(rows)("%s: %s", ([, row, expected]) => {
    expect(parseReasonHeader([row])).toEqual(expected);
  });

  test("several rows are one list in order", () => {
    const values = parseReasonHeader(["SIP;cause=486", "Q.850;cause=17"]);
    expect(values.map(({ cause }) => cause)).toEqual([486, 17]);
  });

  test("250 values are read, more than 250 are not", () => {
    const values = Array.from({ length: 251 }, () => "SIP;cause=486");
    expect(parseReasonHeader([values.slice(1).join(",")])).toHaveLength(250);
    expect(parseReasonHeader([values.join(",")])).toEqual([]);
    expect(parseReasonHeader(values)).toEqual([]);
  });

  test("a field longer than 16 KiB and a value with more than 100 parameters are not read", () => {
    expect(parseReasonHeader([`SIP;text="${"x".repeat(16_384)}"`])).toEqual([]);
    expect(parseReasonHeader([`SIP;cause=486${";x".repeat(101)}`])).toEqual([]);
  });
});
