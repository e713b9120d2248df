import { describe, expect, test } from "vitest";
import { type CallEvent, isAnswer } from "../../../../src/domain/rules/event.ts";
import { judge } from "../../../../src/domain/rules/judge.ts";
import { matchKey } from "../../../../src/sip/uri.ts";
import { gone, moved } from "../../../support/call.ts";
import { immediate, judged } from "./call.ts";

describe("the answer to a call", () => {
  // when …, which changes the answer by …, the judgement is …
  test.for<readonly [string, Partial<CallEvent>, string]>([
    ["a 301 names a new address", {}, "to sip:alice@new.example"],
    ["the answer is a 410", { status: 410 }, "gone"],
    ["the call is answered", { status: 200 }, "reachable"],
    ["the call is answered with another 2xx", { status: 202 }, "reachable"],
    ["the call is answered with the last 2xx", { status: 299 }, "reachable"],
    ["it is provisional", { status: 100 }, "provisional"],
    ["it rings", { status: 180 }, "provisional"],
    ["it is the last 1xx", { status: 199 }, "provisional"],
    ["there are several choices", { status: 300 }, "status-without-effect"],
    ["the move is temporary", { status: 302 }, "status-without-effect"],
    ["a proxy is to be used", { status: 305 }, "status-without-effect"],
    ["the callee is not found", { status: 404 }, "status-without-effect"],
    ["the proxy wants a password", { status: 407 }, "status-without-effect"],
    ["it takes too long", { status: 408 }, "status-without-effect"],
    ["conditions fail", { status: 412 }, "status-without-effect"],
    ["the callee is unavailable", { status: 480 }, "status-without-effect"],
    ["the number is incomplete", { status: 484 }, "status-without-effect"],
    ["the line is busy", { status: 486 }, "status-without-effect"],
    ["the caller hangs up", { status: 487 }, "status-without-effect"],
    ["the server fails", { status: 500 }, "status-without-effect"],
    ["the service is down", { status: 503 }, "status-without-effect"],
    ["everybody is busy", { status: 600 }, "status-without-effect"],
    ["the callee declines", { status: 603 }, "status-without-effect"],
    ["the callee does not exist anywhere", { status: 604 }, "status-without-effect"],
    ["it answers another method", { method: "OPTIONS" }, "not-an-invite"],
    ["it is a 410 to a registration", { method: "REGISTER", status: 410 }, "not-an-invite"],
    ["it is a 200 to a message", { method: "MESSAGE", status: 200 }, "not-an-invite"],
    ["the method is in lower case", { method: "invite" }, "not-an-invite"],
    ["it comes inside a dialog", { inDialog: true }, "in-dialog"],
    ["it is a 410 inside a dialog", { inDialog: true, status: 410 }, "in-dialog"],
    ["it is a 200 inside a dialog", { inDialog: true, status: 200 }, "in-dialog"],
    ["the PBX followed a redirect before", { followed: true }, "followed-redirect"],
    ["the PBX followed a redirect and got a 410", { followed: true, status: 410 }, "followed-redirect"],
    ["the PBX followed a redirect and was answered", { followed: true, status: 200 }, "followed-redirect"],
    ["another method came inside a dialog", { method: "BYE", inDialog: true }, "not-an-invite"],
    ["a redirect was followed inside a dialog", { inDialog: true, followed: true }, "in-dialog"],
    ["the Request-URI is not a URI", { requestUri: "alice" }, "no-identity"],
    ["the Request-URI has another scheme", { requestUri: "mailto:alice@old.example" }, "no-identity"],
    ["the Request-URI is a route", { requestUri: "sip:alice@old.example;maddr=192.0.2.1" }, "no-identity"],
    ["the Request-URI is an action", { requestUri: "sip:alice@old.example;method=BYE" }, "no-identity"],
    ["the Request-URI has headers", { requestUri: "sip:alice@old.example?subject=x" }, "no-identity"],
    ["the Request-URI is a local number", { requestUri: "tel:7042", status: 410 }, "no-identity"],
    [
      "the Request-URI is a local number with its context",
      { requestUri: "tel:7042;phone-context=old.example", status: 410 },
      "gone",
    ],
    ["the Request-URI is a number", { requestUri: "tel:+15550100", status: 410 }, "gone"],
    ["the Request-URI is empty", { requestUri: "", method: "OPTIONS" }, "no-identity"],
  ])("when %s", ([, differs, expected]) => {
    expect(judged(moved, differs)).toBe(expected);
  });

  test("is about the identity in the Request-URI, in any spelling", () => {
    const key = matchKey("sip:alice@old.example");
    for (const requestUri of ["sips:alice@OLD.example", "sip:%61lice@old.example:5060;transport=tcp"]) {
      expect(judge({ ...gone, requestUri }, immediate)).toEqual({
        standing: "acts",
        kind: "gone",
        key,
        target: null,
      });
      expect(judge({ ...gone, requestUri, inDialog: true }, immediate)).toMatchObject({ key });
    }
    expect(judge({ ...gone, requestUri: "alice" }, immediate)).toMatchObject({ key: null });
  });

  test("may show that the address is alive", () => {
    expect(judge({ ...moved, status: 200 }, immediate)).toEqual({
      standing: "acts",
      kind: "reachable",
      key: matchKey("sip:alice@old.example"),
      target: null,
    });
  });

  test("counts as answered only for an initial INVITE", () => {
    const answer = { ...moved, status: 200 };
    expect(isAnswer(answer)).toBe(true);
    expect(isAnswer({ ...answer, followed: true })).toBe(true);
    expect(isAnswer({ ...answer, method: "BYE" })).toBe(false);
    expect(isAnswer({ ...answer, inDialog: true })).toBe(false);
    expect(isAnswer({ ...answer, status: 199 })).toBe(false);
    expect(isAnswer({ ...answer, status: 300 })).toBe(false);
  });
});

describe("observe mode", () => {
  test.for<readonly [string, Partial<CallEvent>, string]>([
    ["a 301", {}, "observe-mode"],
    ["a 301 that would be held", { diversion: ["<sip:alice@old.example>"] }, "observe-mode"],
    ["a 410", { status: 410 }, "observe-mode"],
    ["an answered call", { status: 200 }, "observe-mode"],
    ["a status without effect", { status: 404 }, "status-without-effect"],
    ["a 301 without Contact", { contacts: [] }, "no-usable-contact"],
    ["an answer in a dialog", { inDialog: true }, "in-dialog"],
  ])("only records %s", ([, differs, rule]) => {
    const key = matchKey(moved.requestUri);
    expect(judge({ ...moved, ...differs }, { mode: "observe" })).toEqual({ standing: "recorded", rule, key });
  });
});
