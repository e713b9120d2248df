import { describe, expect, test } from "vitest";
import { parseReasonHeader } from "../../../src/sip/reason.ts";

const reason = (protocol: string, cause: number | null, text: string | null = null) => ({
  protocol,
  cause,
  text,
});

const rows = [
  [
    "RFC 3326 2",
    'SIP ;cause=200 ;text="Call completed elsewhere"',
    [reason("SIP", 200, "Call completed elsewhere")],
  ],
  ["RFC 3326 2", 'Q.850 ;cause=16 ;text="Terminated"', [reason("Q.850", 16, "Terminated")]],
  ["RFC 6432: in a response", "Q.850;cause=22", [reason("Q.850", 22)]],
  ["RFC 8606: a location", "Q.850;cause=1;location=RLN", [reason("Q.850", 1)]],
  [
    "several values in a row",
    'SIP;cause=600;text="Busy", Q.850;cause=17',
    [reason("SIP", 600, "Busy"), reason("Q.850", 17)],
  ],
  [
    "commas, semicolons and quotes in a text",
    'Q.850;cause=22;text="a, b;cause=1 \\"c\\""',
    [reason("Q.850", 22, 'a, b;cause=1 "c"')],
  ],
  ["names in any case, spaces anywhere", "q.850 ; CAUSE = 23 ;\r\n Text = x", [reason("Q.850", 23, "x")]],
  ["a protocol alone", "Preemption", [reason("PREEMPTION", null)]],
  ["a quoted cause", 'Q.850;cause="16"', [reason("Q.850", 16)]],
  ["a cause that is not a number", "Q.850;cause=abc", [reason("Q.850", null)]],
  ["a cause with too many digits", "Q.850;cause=99999999999999999999", [reason("Q.850", null)]],
  ["an unquoted text", "SIP;cause=410;text=Gone away", [reason("SIP", 410, "Gone away")]],
  ["a text that was cut off", 'Q.850;cause=16;text="Norm', [reason("Q.850", 16, "Norm")]],
  ["the first of two causes", "Q.850;cause=1;cause=2", [reason("Q.850", 1)]],
  ["no protocol", ";cause=16, Q.850;cause=17", [reason("Q.850", 17)]],
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
