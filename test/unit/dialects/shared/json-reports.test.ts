import { expect, test } from "vitest";
import { interpret } from "../../../../src/receive/interpret/interpret.ts";
import { callersLeg, gone, json } from "../../../support/pbx/freeswitch-cdr.ts";
import { translate, written } from "./translated.ts";

/** The statuses in a list of bodies, or one line that says why there are none. */
function statusesOf(dialect: string, ...bodies: readonly string[]) {
  const incoming = { body: `[${bodies.join(",")}]`, query: {}, contentType: "", headers: {}, mapping: null };
  const read = interpret({ name: dialect, dialect }, incoming);
  if (read.kind === "ignored") return `ignored: ${read.reason}`;
  if (read.kind === "unparsed") return read.problem.toBody().errors?.map(({ pointer }) => pointer);
  return read.validations.map((each) => (each.kind === "valid" ? each.report.event.status : each.errors));
}

const listed: string[] = ["kamailio", "opensips", "freeswitch", "jambonz", "telnyx", "bandwidth"];
test.for(listed)("%s reads every report of a list", (dialect) => {
  const [first, second] = [410, 404].map((status) => written(dialect, { status })?.body ?? "");
  expect(statusesOf(dialect, first ?? "")).toEqual([410]);
  expect(statusesOf(dialect, first ?? "", second ?? "")).toEqual([410, 404]);
  expect(statusesOf(dialect, first ?? "", "{}", second ?? "")).toEqual(["/1"]);
  expect(translate(dialect, "[]")).toMatch(/^refused/);
  expect(statusesOf(dialect, `[${first}]`)).toEqual(["/0"]);
});

test("ignored reports of a list are skipped, and the reason is given only if all are ignored", () => {
  expect(statusesOf("freeswitch", json(callersLeg), json(gone))).toEqual([410]);
  expect(statusesOf("freeswitch", json(callersLeg), json(callersLeg))).toBe("ignored: the caller's leg");
});
