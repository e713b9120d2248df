import { describe, expect, test } from "vitest";
import type { CallEvent } from "../../../../src/domain/rules/event.ts";
import { gone, moved } from "../../../support/call.ts";
import { judged } from "./call.ts";

describe("a 410", () => {
  test.for<readonly [string, Partial<CallEvent>, string]>([
    ["the number changed", { reasonHeaders: ["Q.850;cause=22"] }, "gone"],
    ["a redirect caused it", { reasonHeaders: ["Q.850;cause=23"] }, "cause-veto"],
    ["the number is unallocated", { reasonHeaders: ['Q.850;cause=1;text="Unallocated"'] }, "cause-veto"],
    ["the call was cleared", { reasonHeaders: ["Q.850 ;cause=16"] }, "cause-veto"],
    ["the destination is out of order", { reasonHeaders: ["Q.850;cause=27"] }, "cause-veto"],
    ["no circuit is free", { reasonHeaders: ["Q.850;cause=34"] }, "cause-veto"],
    ["the network fails for now", { reasonHeaders: ["Q.850;cause=41"] }, "cause-veto"],
    ["the protocol is in lower case", { reasonHeaders: ["q.850;cause=23"] }, "cause-veto"],
    [
      "the cause is one of several values",
      { reasonHeaders: ["SIP;cause=410, Q.850;cause=23"] },
      "cause-veto",
    ],
    ["the cause is in another row", { reasonHeaders: ["SIP;cause=410", "Q.850;cause=23"] }, "cause-veto"],
    ["one of two causes is a veto", { reasonHeaders: ["Q.850;cause=22", "Q.850;cause=16"] }, "cause-veto"],
    ["only SIP gives a cause", { reasonHeaders: ['SIP;cause=410;text="Gone"'] }, "gone"],
    ["SIP gives another status", { reasonHeaders: ["SIP;cause=503"] }, "gone"],
    ["another protocol gives a cause", { reasonHeaders: ["Preemption;cause=5"] }, "gone"],
    ["Q.850 gives no cause", { reasonHeaders: ['Q.850;text="Gone"'] }, "gone"],
    ["a text mentions a cause", { reasonHeaders: ['SIP;cause=410;text="Q.850;cause=23"'] }, "gone"],
    ["the flow failed", { reason: "Flow failed" }, "flow-veto"],
    ["the flow failed, in upper case", { reason: "FLOW FAILED" }, "flow-veto"],
    ["a warning says so", { warnings: ['399 p.example "Flow no longer exists"'] }, "flow-veto"],
    ["the last warning says so", { warnings: ['399 p "x"', '399 p "No flow"'] }, "flow-veto"],
    ["a phrase only looks similar", { reason: "Overflow", warnings: ['399 p "Workflows"'] }, "gone"],
    ["there is no phrase", { reason: null }, "gone"],
    ["another branch was answered", { branchOutcomes: [486, 200] }, "answered-elsewhere"],
    ["another branch rang", { branchOutcomes: [180] }, "branch-alive"],
    ["another branch was only tried", { branchOutcomes: [100] }, "gone"],
    ["another branch made progress", { branchOutcomes: [101] }, "branch-alive"],
    ["another branch was 199", { branchOutcomes: [199] }, "branch-alive"],
    ["another branch was unavailable", { branchOutcomes: [404, 480] }, "branch-alive"],
    ["another branch was busy", { branchOutcomes: [486] }, "branch-alive"],
    ["another branch was busy everywhere", { branchOutcomes: [600] }, "branch-alive"],
    ["another branch declined", { branchOutcomes: [603] }, "branch-alive"],
    ["the other branches are dead", { branchOutcomes: [404, 408, 410, 487, 503, 604] }, "gone"],
    [
      "cause and flow are vetoes",
      { reasonHeaders: ["Q.850;cause=23"], reason: "Flow failed", branchOutcomes: [180] },
      "cause-veto",
    ],
    ["flow and branch are vetoes", { reason: "Flow failed", branchOutcomes: [200] }, "flow-veto"],
    ["a branch was answered after it rang", { branchOutcomes: [180, 200] }, "answered-elsewhere"],
    ["it has a Contact", { contacts: ["<sip:alice@new.example>"] }, "gone"],
  ])("when %s", ([, differs, expected]) => {
    expect(judged(gone, differs)).toBe(expected);
  });

  test("has vetoes that a 301 and an answered call do not have", () => {
    const doubt = { reasonHeaders: ["Q.850;cause=23"], reason: "Flow failed", branchOutcomes: [180, 200] };
    expect(judged(moved, doubt)).toBe("to sip:alice@new.example");
    expect(judged({ ...moved, status: 200 }, doubt)).toBe("reachable");
  });
});
