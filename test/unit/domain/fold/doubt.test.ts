import { describe, expect, test } from "vitest";
import type { CallEvent } from "../../../../src/domain/rules/event.ts";
import { guardMove } from "../../../../src/domain/rules/guard.ts";
import { moved } from "../../../support/call.ts";
import { judged } from "../rules/call.ts";

const to = (contact: string): Partial<CallEvent> => ({ contacts: [contact] });

describe("a 301 that is held", () => {
  test.for<readonly [string, Partial<CallEvent>, string]>([
    ["a GRUU", to("<sip:a@new.example;gr=phone1>"), "device-contact: sip:a@new.example"],
    ["a GRUU without value", to("<sip:a@new.example;gr>"), "device-contact: sip:a@new.example"],
    ["an outbound flow", to("<sip:a@new.example;ob>"), "device-contact: sip:a@new.example"],
    ["a softphone", to("<sip:a@new.example;rinstance=1f>"), "device-contact: sip:a@new.example"],
    [
      "an instance",
      to('<sip:a@new.example>;+sip.instance="<urn:uuid:1>"'),
      "device-contact: sip:a@new.example",
    ],
    ["a registration", to("<sip:a@new.example>;reg-id=1"), "device-contact: sip:a@new.example"],
    ["an outbound flow without brackets", to("sip:a@new.example;ob"), "device-contact: sip:a@new.example"],
    ["a mailbox without brackets", to("sip:vm@new.example;cause=480"), "other-party: sip:vm@new.example"],
    ["another user", to("<sip:boss@new.example>;mp=1"), "other-party: sip:boss@new.example"],
    ["a mailbox, by cause", to("<sip:vm@new.example;cause=480>"), "other-party: sip:vm@new.example"],
    ["a mailbox, by target", to("<sip:vm@new.example;target=sip:a%40b>"), "other-party: sip:vm@new.example"],
    ["the same user, which is not held", to("<sip:a@new.example>;rc=1"), "to sip:a@new.example"],
    ["a number that is not a mailbox", to("<tel:+15550100;cause=480>"), "to tel:+15550100;cause=480"],
    [
      "a forwarding",
      { diversion: ["<sip:alice@old.example>;reason=no-answer"] },
      "diversion: sip:alice@new.example",
    ],
    [
      "a forwarding to a device",
      { ...to("<sip:a@new.example;ob>;mp=1"), diversion: ["<sip:x@y>"] },
      "device-contact: sip:a@new.example",
    ],
    [
      "another user, forwarded",
      { ...to("<sip:a@10.0.0.1>;mp=1"), diversion: ["<sip:x@y>"] },
      "other-party: sip:a@10.0.0.1",
    ],
    [
      "a forwarding to an IP literal",
      { ...to("<sip:a@10.0.0.1>"), diversion: ["<sip:x@y>"] },
      "diversion: sip:a@10.0.0.1",
    ],
    [
      "the best Contact, not another one",
      to("<sip:a@new.example>, <sip:b@new.example;ob>;q=0.5"),
      "to sip:a@new.example",
    ],
    [
      "the best Contact, even if another one is not held",
      to("<sip:a@new.example;ob>, <sip:b@new.example>;q=0.5"),
      "device-contact: sip:a@new.example",
    ],
  ])("for %s", ([, differs, expected]) => {
    expect(judged(moved, differs)).toBe(expected);
  });

  test.for<readonly [from: string, to: string, held: boolean]>([
    ["sip:a@old.example", "sip:a@192.0.2.1", true],
    ["sip:a@old.example", "sip:a@[2001:db8::1]", true],
    ["sip:a@old.example", "sip:a@10.0.0.1", true],
    ["sip:a@old.example", "sip:a@pbx", true],
    ["sip:a@old.example", "sip:a@pbx.local", true],
    ["sip:a@old.example", "sip:a@pbx.internal", true],
    ["sip:a@old.example", "sip:a@new.invalid", true],
    ["sip:a@old.example", "sip:a@new.test", false],
    ["sip:a@old.example", "sip:a@new.example", false],
    ["sip:a@192.0.2.1", "sip:a@192.168.1.1", true],
    ["sip:a@192.0.2.1", "sip:a@[fd00::1]", true],
    ["sip:a@192.0.2.1", "sip:a@pbx.local", true],
    ["sip:a@192.0.2.1", "sip:a@192.0.2.9", false],
    ["sip:a@192.0.2.1", "sip:a@[2001:db8::1]", false],
    ["sip:a@192.0.2.1", "sip:a@new.example", false],
    ["sip:a@10.0.0.1", "sip:a@192.168.1.1", false],
    ["sip:a@10.0.0.1", "sip:a@pbx.local", false],
    ["sip:a@10.0.0.1", "sip:a@192.0.2.1", false],
    ["sip:a@10.0.0.1", "sip:a@new.example", false],
    ["sip:a@pbx.local", "sip:a@pbx2.internal", false],
    ["sip:a@pbx.local", "sip:a@new.example", false],
    ["sip:a@pbx.local", "sip:a@10.0.0.1", true],
    ["sip:a@pbx.local", "sip:a@192.0.2.1", true],
    ["tel:+15550100", "sip:a@192.0.2.1", true],
    ["tel:+15550100", "sip:a@pbx.local", true],
    ["tel:+15550100", "sip:a@new.example", false],
    ["sip:a@10.0.0.1", "tel:+15550100", false],
  ])("for a weaker host: %s to %s: %s", ([requestUri, target, held]) => {
    const expected = held ? `weaker-host: ${target}` : `to ${target}`;
    expect(judged(moved, { requestUri, contacts: [`<${target}>`] })).toBe(expected);
  });
});

describe("the address at the time of the call", () => {
  test.for<readonly [from: string, to: string, rule: string | null]>([
    ["sip:a@b.example", "tel:+15550100", "first-phone-number"],
    ["sip:a@b.example", "sip:+15550100@b.example", "first-phone-number"],
    ["sip:a@b.example", "sip:5550100@b.example;user=phone", "first-phone-number"],
    ["sip:a@b.example", "sip:5550100@b.example", null],
    ["sip:+15550100@b.example", "tel:+15550101", null],
    ["sips:a@b.example", "sip:a@c.example", "sips-downgrade"],
    ["sips:+15550100@b.example", "tel:+15550100", "sips-downgrade"],
    ["sips:a@b.example", "sips:a@c.example", null],
    ["tel:+15550100", "sip:a@b.example", null],
    ["unreadable", "tel:+15550100", null],
    ["sips:a@b.example", "unreadable", null],
  ])("decides a move from %s to %s: %s", ([from, target, rule]) => {
    expect(guardMove(from, target)).toBe(rule);
  });
});
