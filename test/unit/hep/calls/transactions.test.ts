import { assert as check, constantFrom, property, shuffledSubarray, subarray } from "fast-check";
import { describe, expect, test } from "vitest";
import { transactionLimits } from "../../../../src/hep/calls/transaction-limits.ts";
import type { Loss } from "../../../../src/hep/calls/transactions.ts";
import { openCollector } from "../../../../src/hep/collector.ts";
import {
  answerOver,
  type Element,
  inviteOver,
  type Leg,
  type Mirrored,
  mirror,
} from "../../../support/pbx/hep.ts";

const caller: Element = { place: "10.0.0.1:5060", branch: "caller" };
const proxy = (branch: string): Element => ({ place: "10.0.0.2:5060", branch });
const edge = (branch: string): Element => ({ place: "10.0.0.4:5060", branch });
const callee = "10.0.0.3:5060";
const callId = "call-1@10.0.0.1";
const t = (ms: number) => Date.UTC(2026, 10, 22, 10) + ms;
const contact = ["Contact: <sip:alice@new.example>"];

const toProxy: Leg = { callId, requestUri: "sip:alice@pbx.example", way: [caller], to: "10.0.0.2:5060" };
const toCallee = (branch: string, requestUri: string): Leg => ({
  callId,
  requestUri,
  way: [proxy(branch), caller],
  to: callee,
});
const alice = toCallee("b0", "sip:alice@pbx.example");
const bob = toCallee("b1", "sip:bob@pbx.example");

/** Outcomes of messages that arrive together, as `status uri [statuses of other branches]`, and the losses. */
function collect(messages: readonly Mirrored[], limits = transactionLimits) {
  const losses: Loss[] = [];
  const collector = openCollector({ key: null, onLoss: (loss) => void losses.push(loss), limits });
  for (const message of messages) collector.take(mirror(message), 0);
  const outcomes = [...collector.due(limits.graceMs), ...collector.end()];
  const lines = outcomes.map(({ requestUri, response, branchOutcomes }) =>
    [response.status, requestUri, ...branchOutcomes].join(" "),
  );
  return { lines: lines.toSorted(), losses, outcomes };
}

const throughProxy = (status: string, rows: readonly string[] = []): readonly Mirrored[] => [
  inviteOver(toProxy, t(0)),
  answerOver(toProxy, t(1), "100 Trying"),
  inviteOver(alice, t(2)),
  answerOver(alice, t(3), status, rows),
  answerOver(toProxy, t(4), status, rows),
];

const fork = (ofAlice: string, ofBob: string, ofProxy: string): readonly Mirrored[] => [
  inviteOver(toProxy, t(0)),
  inviteOver(alice, t(1)),
  inviteOver(bob, t(1)),
  answerOver(bob, t(5), "180 Ringing"),
  answerOver(toProxy, t(6), "180 Ringing"),
  answerOver(alice, t(7), ofAlice),
  answerOver(bob, t(8), ofBob),
  answerOver(toProxy, t(9), ofProxy),
];

const viaEdge: Leg = { ...alice, way: [edge("e0"), proxy("b0"), caller] };
const throughTwoProxies: readonly Mirrored[] = [
  inviteOver(toProxy, t(0)),
  inviteOver({ ...alice, to: edge("e0").place }, t(1)),
  inviteOver({ ...viaEdge, requestUri: "sip:alice@10.0.0.3" }, t(2)),
  answerOver({ ...viaEdge, requestUri: "sip:alice@10.0.0.3" }, t(3), "410 Gone"),
  answerOver({ ...alice, to: edge("e0").place }, t(4), "410 Gone"),
  answerOver(toProxy, t(5), "410 Gone"),
];

const hidden: Leg = { ...alice, way: [proxy("b0"), { place: "127.0.0.8", branch: "masked" }] };

const hiddenBehind = (branch: string, requestUri: string): Leg => ({
  ...hidden,
  requestUri,
  way: [
    { place: "10.0.0.2:5062", branch },
    { place: "127.0.0.8", branch: "masked" },
  ],
});

const fromOutside: Leg = { ...alice, way: [{ place: "192.0.2.9:5060", branch: "b0" }, caller] };

const toBridge: Leg = {
  callId: "a-leg",
  requestUri: "sip:100@pbx.example",
  way: [caller],
  to: "10.0.0.2:5060",
};
const fromBridge: Leg = {
  callId: "b-leg",
  cseq: 7,
  requestUri: "sip:alice@old.example",
  way: [proxy("b0")],
  to: callee,
};
const toItself: Leg = { ...fromBridge, to: proxy("").place };
const followed: Leg = { ...fromBridge, cseq: 8, requestUri: "sip:alice@new.example", way: [proxy("b1")] };

/** The other leg of `toBridge`, from another address of the same B2BUA. */
const elsewhere = (place: string): Leg => ({ ...fromBridge, way: [{ place, branch: "b0" }] });

// … gives these outcomes
const flows: [string, readonly Mirrored[], readonly string[]][] = [
  [
    "a call from a PBX",
    [inviteOver(fromBridge, t(0)), answerOver(fromBridge, t(1), "410 Gone")],
    ["410 sip:alice@old.example"],
  ],
  [
    "a call through a proxy, mirrored twice",
    throughProxy("301 Moved Permanently", contact),
    ["301 sip:alice@pbx.example"],
  ],
  ["a call through two proxies", throughTwoProxies, ["410 sip:alice@10.0.0.3"]],
  ["an answered call", throughProxy("200 OK"), ["200 sip:alice@pbx.example"]],
  [
    "a fork with a dead and an answered branch",
    fork("410 Gone", "200 OK", "200 OK"),
    ["200 sip:bob@pbx.example 410", "410 sip:alice@pbx.example 180 200"],
  ],
  [
    "a fork with a dead branch beside a busy one",
    fork("410 Gone", "486 Busy Here", "410 Gone"),
    ["410 sip:alice@pbx.example 180 486", "486 sip:bob@pbx.example 410"],
  ],
  [
    "a fork whose other branch rang and was cancelled",
    fork("410 Gone", "487 Request Terminated", "410 Gone"),
    ["410 sip:alice@pbx.example 180 487", "487 sip:bob@pbx.example 410"],
  ],
  [
    "a fork whose other branch still rings",
    fork("410 Gone", "180 Ringing", "180 Ringing"),
    ["410 sip:alice@pbx.example 180"],
  ],
  [
    "the same call from two agents",
    [...throughProxy("410 Gone"), ...throughProxy("410 Gone")],
    ["410 sip:alice@pbx.example"],
  ],
  [
    "an answer that is sent again",
    [...throughProxy("410 Gone"), answerOver(alice, t(500), "410 Gone")],
    ["410 sip:alice@pbx.example"],
  ],
  [
    "an answer that arrives before its INVITE",
    throughProxy("410 Gone").toReversed(),
    ["410 sip:alice@pbx.example"],
  ],
  [
    "a proxy that hides the Vias",
    [
      inviteOver(toProxy, t(0)),
      inviteOver(hidden, t(1)),
      answerOver(hidden, t(2), "410 Gone"),
      answerOver(toProxy, t(3), "410 Gone"),
    ],
    ["410 sip:alice@pbx.example"],
  ],
  [
    "a proxy that hides the Vias and has a socket for each side",
    [
      inviteOver(toProxy, t(0)),
      inviteOver(hiddenBehind("b0", "sip:alice@old.example"), t(1)),
      answerOver(hiddenBehind("b0", "sip:alice@old.example"), t(2), "301 Moved Permanently", contact),
      inviteOver(hiddenBehind("b1", "sip:alice@new.example"), t(3)),
      answerOver(hiddenBehind("b1", "sip:alice@new.example"), t(4), "410 Gone"),
      answerOver(toProxy, t(5), "410 Gone"),
    ],
    ["301 sip:alice@old.example 410", "410 sip:alice@new.example 301"],
  ],
  ...["10.0.0.2:5080", "10.0.0.2:5061", "203.0.113.2:5060", "0.0.0.0:5060"].map(
    (place): [string, readonly Mirrored[], readonly string[]] => [
      `a B2BUA that calls from ${place}`,
      [
        inviteOver(toBridge, t(0)),
        inviteOver(elsewhere(place), t(1)),
        answerOver(elsewhere(place), t(20), "410 Gone"),
        answerOver(toBridge, t(25), "410 Gone"),
      ],
      ["410 sip:alice@old.example"],
    ],
  ),
  [
    "two phones of one user that call gone addresses through one proxy",
    [
      inviteOver(toBridge, t(0)),
      inviteOver(
        { ...fromBridge, way: [{ place: "10.0.0.7:5060", branch: "b0" }], to: "10.0.0.2:5060" },
        t(1),
      ),
      answerOver(
        { ...fromBridge, way: [{ place: "10.0.0.7:5060", branch: "b0" }], to: "10.0.0.2:5060" },
        t(2),
        "410 Gone",
      ),
      answerOver(toBridge, t(3), "410 Gone"),
    ],
    ["410 sip:100@pbx.example", "410 sip:alice@old.example"],
  ],
  [
    "a B2BUA that answers long after a call of the same user elsewhere",
    [
      inviteOver(toBridge, t(0)),
      inviteOver(elsewhere("10.0.0.9:5060"), t(1)),
      answerOver(elsewhere("10.0.0.9:5060"), t(2), "410 Gone"),
      answerOver(toBridge, t(2000), "410 Gone"),
    ],
    ["410 sip:100@pbx.example", "410 sip:alice@old.example"],
  ],
  [
    "a PBX that calls itself through a proxy",
    [
      inviteOver(toProxy, t(0)),
      inviteOver({ ...alice, to: caller.place }, t(1)),
      answerOver({ ...alice, to: caller.place }, t(2), "410 Gone"),
      answerOver(toProxy, t(3), "410 Gone"),
    ],
    ["410 sip:alice@pbx.example"],
  ],
  [
    "a PBX that calls itself through a proxy that hides the Vias",
    [
      inviteOver(toProxy, t(0)),
      inviteOver({ ...hidden, to: caller.place }, t(1)),
      answerOver({ ...hidden, to: caller.place }, t(2), "410 Gone"),
      answerOver(toProxy, t(3), "410 Gone"),
    ],
    ["410 sip:alice@pbx.example"],
  ],
  [
    "a PBX with a fast clock that calls itself through a proxy",
    [
      inviteOver(toProxy, t(500)),
      inviteOver({ ...alice, to: caller.place }, t(1)),
      answerOver({ ...alice, to: caller.place }, t(2), "410 Gone"),
      answerOver(toProxy, t(503), "410 Gone"),
    ],
    ["410 sip:alice@pbx.example"],
  ],
  [
    "a proxy that receives on one address and sends from another",
    [
      inviteOver(toProxy, t(0)),
      inviteOver(fromOutside, t(1)),
      answerOver(fromOutside, t(2), "410 Gone"),
      answerOver(toProxy, t(3), "410 Gone"),
    ],
    ["410 sip:alice@pbx.example"],
  ],
  [
    "a redirect server that answers itself",
    [inviteOver(toProxy, t(0)), answerOver(toProxy, t(1), "301 Moved Permanently", contact)],
    ["301 sip:alice@pbx.example"],
  ],
  [
    "a challenge, and the call after it",
    [
      inviteOver(fromBridge, t(0)),
      answerOver(fromBridge, t(1), "407 Proxy Authentication Required"),
      inviteOver(followed, t(2)),
      answerOver(followed, t(3), "410 Gone"),
    ],
    ["410 sip:alice@new.example"],
  ],
  ["an answer whose INVITE was not mirrored", [answerOver(alice, t(1), "410 Gone")], []],
  ["a call inside a dialog", [inviteOver(alice, t(0), ";tag=uas"), answerOver(alice, t(1), "410 Gone")], []],
  ["a call that still rings", [inviteOver(alice, t(0)), answerOver(alice, t(1), "180 Ringing")], []],
  [
    "a PBX that answers itself, before and after its own calls for the same caller",
    [
      inviteOver({ ...fromBridge, callId: "before" }, t(0)),
      answerOver({ ...fromBridge, callId: "before" }, t(1), "410 Gone"),
      inviteOver(toBridge, t(2)),
      answerOver(toBridge, t(3), "410 Gone"),
      inviteOver({ ...fromBridge, callId: "after" }, t(4)),
      answerOver({ ...fromBridge, callId: "after" }, t(5), "410 Gone"),
    ],
    ["410 sip:100@pbx.example", "410 sip:alice@old.example", "410 sip:alice@old.example"],
  ],
  [
    "a PBX that answers itself during its own call for the same caller",
    [
      inviteOver(toBridge, t(0)),
      inviteOver(fromBridge, t(1)),
      answerOver(toBridge, t(2), "410 Gone"),
      answerOver(fromBridge, t(3), "410 Gone"),
    ],
    ["410 sip:100@pbx.example", "410 sip:alice@old.example"],
  ],
  [
    "a B2BUA that relays its callee's answer",
    [
      inviteOver(toBridge, t(0)),
      inviteOver(fromBridge, t(1)),
      answerOver(fromBridge, t(2), "301 Moved Permanently", contact),
      answerOver(toBridge, t(3), "301 Moved Permanently"),
    ],
    ["301 sip:alice@old.example"],
  ],
  [
    "a B2BUA that follows a redirect that is not mirrored",
    [
      inviteOver(toBridge, t(0)),
      inviteOver(fromBridge, t(1)),
      answerOver(fromBridge, t(2), "302 Moved Temporarily", contact),
      answerOver(toBridge, t(5), "410 Gone"),
    ],
    ["302 sip:alice@old.example"],
  ],
  [
    "a B2BUA that follows a temporary redirect to a dead address",
    [
      inviteOver(toBridge, t(0)),
      inviteOver(fromBridge, t(1)),
      answerOver(fromBridge, t(2), "302 Moved Temporarily", contact),
      inviteOver(followed, t(3)),
      answerOver(followed, t(4), "410 Gone"),
      answerOver(toBridge, t(5), "410 Gone"),
    ],
    ["302 sip:alice@old.example", "410 sip:alice@new.example"],
  ],
  [
    "an edge that redirects one branch and forwards the next",
    [
      inviteOver(toProxy, t(0)),
      inviteOver({ ...alice, to: edge("e").place }, t(1)),
      answerOver({ ...alice, to: edge("e").place }, t(2), "301 Moved Permanently", contact),
      inviteOver({ ...bob, to: edge("e").place }, t(3)),
      inviteOver({ ...bob, way: [edge("e"), ...bob.way] }, t(4)),
      answerOver({ ...bob, way: [edge("e"), ...bob.way] }, t(5), "200 OK"),
    ],
    ["200 sip:bob@pbx.example 301", "301 sip:alice@pbx.example 200"],
  ],
  [
    "a PBX that calls itself, from an agent that does not write addresses",
    [inviteOver(toItself, t(0)), answerOver(toItself, t(1), "410 Gone")],
    ["410 sip:alice@old.example"],
  ],
  [
    "a fork from an agent that writes the same address everywhere",
    [
      inviteOver({ ...alice, to: proxy("").place }, t(1)),
      inviteOver({ ...bob, to: proxy("").place }, t(1)),
      answerOver({ ...alice, to: proxy("").place }, t(2), "410 Gone"),
      answerOver({ ...bob, to: proxy("").place }, t(2), "404 Not Found"),
    ],
    ["404 sip:bob@pbx.example 410", "410 sip:alice@pbx.example 404"],
  ],
  [
    "a proxy whose INVITE to the callee was lost",
    [
      inviteOver(toProxy, t(0)),
      answerOver(alice, t(1), "301 Moved Permanently", contact),
      answerOver(toProxy, t(2), "301 Moved Permanently", contact),
    ],
    [],
  ],
  [
    "a proxy that answers itself while it forwards another call of the same caller",
    [
      inviteOver(toBridge, t(0)),
      inviteOver(toProxy, t(1)),
      inviteOver(alice, t(2)),
      answerOver(alice, t(3), "410 Gone"),
      answerOver(toProxy, t(4), "410 Gone"),
      answerOver(toBridge, t(5), "410 Gone"),
    ],
    ["410 sip:100@pbx.example", "410 sip:alice@pbx.example"],
  ],
  [
    "a proxy that answers its callee's challenge on a new branch",
    [
      inviteOver(alice, t(0)),
      answerOver(alice, t(1), "407 Proxy Authentication Required"),
      inviteOver(bob, t(2)),
      answerOver(bob, t(3), "410 Gone"),
    ],
    ["410 sip:bob@pbx.example"],
  ],
];

test.for(flows)("%s gives its outcomes", ([, messages, expected]) => {
  expect(collect(messages).lines).toEqual(expected);
});

test.for(flows)("%s gives the same outcomes in any order and with duplicates", ([, messages, expected]) => {
  const all = messages.map((_, i) => i);
  const arrivals = shuffledSubarray(all, { minLength: all.length });
  check(
    property(arrivals, subarray(all), (order, again) => {
      const arrived = [...order, ...again].flatMap((i) => messages[i] ?? []);
      expect(collect(arrived).lines).toEqual(expected);
    }),
  );
});

test("an outcome has the callee's headers and the time of its answer", () => {
  const rows = ['Contact: "A, B" <sip:a@n.example>;q=0.5, <sip:b@n.example>', "m: <sip:c@n.example>"];
  const more = [
    "Reason: Q.850;cause=22",
    'Warning: 399 x "y"',
    "Diversion: <sip:d@pbx.example>",
    "Expires: 60",
  ];
  const { outcomes } = collect(throughProxy("301 Moved", [...rows, ...more]));
  expect(outcomes).toMatchObject([
    {
      requestUri: "sip:alice@pbx.example",
      at: t(3),
      response: {
        callId,
        cseq: 1,
        reason: "Moved",
        contacts: ['"A, B" <sip:a@n.example>;q=0.5, <sip:b@n.example>', "<sip:c@n.example>"],
        reasonHeaders: ["Q.850;cause=22"],
        warnings: ['399 x "y"'],
        diversion: ["<sip:d@pbx.example>"],
        expires: "60",
      },
    },
  ]);
});

const cut = (answer: Mirrored, at: string): Mirrored => {
  const payload = answer.payload.toString();
  return { ...answer, payload: payload.slice(0, payload.indexOf(at)) };
};

test("an answer that is cut off is not reported, but counts for the other branches", () => {
  const moved = cut(answerOver(alice, t(3), "301 Moved Permanently", contact), "w.example");
  const { lines, losses } = collect([
    inviteOver(alice, t(0)),
    inviteOver(bob, t(0)),
    moved,
    answerOver(bob, t(4), "410 Gone"),
  ]);
  expect(lines).toEqual(["410 sip:bob@pbx.example 301"]);
  expect(losses).toEqual(["cut-off"]);
  const unseen = cut(answerOver(bob, t(3), "410 Gone", ["Reason: Q.850;cause=23"]), "Reason");
  expect(collect([inviteOver(bob, t(0)), unseen])).toMatchObject({ lines: [], losses: ["cut-off"] });
});

const ids = (messages: readonly Mirrored[]) => collect(messages).outcomes.map(({ id }) => id);

test("the first answer counts, even if its retransmission arrives earlier", () => {
  const again = answerOver(alice, t(500), "410 Gone");
  for (const arrived of [
    [again, ...throughProxy("410 Gone")],
    [...throughProxy("410 Gone"), again],
  ])
    expect(collect(arrived).outcomes.map(({ at }) => at)).toEqual([t(3)]);
});

test("an answer is reported when its INVITE arrives, however late", () => {
  const collector = openCollector({ key: null, onLoss: () => {} });
  collector.take(mirror(answerOver(fromBridge, t(1), "410 Gone")), 0);
  expect(collector.due(2 * transactionLimits.graceMs)).toEqual([]);
  collector.take(mirror(inviteOver(fromBridge, t(0))), 3 * transactionLimits.graceMs);
  expect(collector.due(4 * transactionLimits.graceMs)).toMatchObject([
    { requestUri: "sip:alice@old.example" },
  ]);
});

test("a copy of an answer has the same id, another branch or status has another id", () => {
  expect(ids(throughProxy("410 Gone"))).toEqual(ids(throughProxy("410 Gone, sorry").toReversed()));
  const different = [...throughProxy("410 Gone"), ...throughProxy("404 Not Found")];
  expect(
    new Set([
      ...ids(different.slice(0, 5)),
      ...ids(different.slice(5)),
      ...ids(fork("410 Gone", "410 Gone", "410 Gone")),
    ]).size,
  ).toBe(3);
});

const open = () => openCollector({ key: null, onLoss: () => {} });

describe("no outcome is reported", () => {
  test("before a call had time to be complete", () => {
    const collector = open();
    for (const message of throughProxy("410 Gone")) collector.take(mirror(message), 1000);
    expect(collector.due(1000 + transactionLimits.settleMs - 1)).toEqual([]);
    expect(collector.due(1000 + transactionLimits.settleMs)).toHaveLength(1);
    expect(collector.due(99_000)).toEqual([]);
  });

  test("while other branches may still end, but only for a limited time", () => {
    const collector = open();
    for (const message of fork("410 Gone", "180 Ringing", "180 Ringing"))
      collector.take(mirror(message), 1000);
    expect(collector.due(1000 + transactionLimits.graceMs - 1)).toEqual([]);
    expect(collector.due(1000 + transactionLimits.graceMs)).toMatchObject([{ branchOutcomes: [180] }]);
  });
});

test("a 410 waits for a branch that may still ring", () => {
  const collector = open();
  const forked = [
    inviteOver(alice, t(0)),
    inviteOver(bob, t(0)),
    answerOver(bob, t(1), "100 Trying"),
    answerOver(alice, t(1), "410 Gone"),
  ];
  for (const message of forked) collector.take(mirror(message), 0);
  expect(collector.due(12_000)).toEqual([]);
  collector.take(mirror(answerOver(bob, t(12_000), "486 Busy Here")), 12_000);
  expect(collector.due(12_000)).toMatchObject([{ response: { status: 410 }, branchOutcomes: [486] }]);
});

test("a 410 waits until its call is dropped, but not if the call has ended", () => {
  const silent = [
    inviteOver(toProxy, t(0)),
    inviteOver(alice, t(0)),
    inviteOver(bob, t(0)),
    answerOver(alice, t(1), "410 Gone"),
  ];
  const waiting = open();
  for (const message of silent) waiting.take(mirror(message), 0);
  expect(waiting.due(transactionLimits.keepMs - 1)).toEqual([]);
  expect(waiting.due(transactionLimits.keepMs)).toHaveLength(1);
  const ended = open();
  for (const message of [...silent, answerOver(toProxy, t(2), "410 Gone")]) ended.take(mirror(message), 0);
  expect(ended.due(transactionLimits.graceMs)).toHaveLength(1);
});

const many = (count: number, status: string | null) =>
  Array.from({ length: count }, (_, n) => {
    const leg = { ...fromBridge, callId: `call-${n}` };
    return [inviteOver(leg, t(n)), ...(status === null ? [] : [answerOver(leg, t(n), status)])];
  }).flat();

describe("memory is limited", () => {
  const limits = { ...transactionLimits, maxHops: 10, maxHopsPerCall: 4 };
  test("the oldest calls are dropped, and those that never ended are counted", () => {
    const losses: Loss[] = [];
    const collector = openCollector({ key: null, onLoss: (loss) => void losses.push(loss), limits });
    for (const message of many(30, null)) collector.take(mirror(message), 0);
    collector.due(1);
    expect(collector.hops).toBe(10);
    expect(losses).toEqual(Array.from({ length: 20 }, () => "let-go"));
  });

  test("a call that has ended is reported before it is dropped", () => {
    const collector = openCollector({ key: null, onLoss: () => {}, limits });
    for (const message of many(30, "410 Gone")) collector.take(mirror(message), 0);
    expect(collector.due(1)).toHaveLength(20);
    expect(collector.due(limits.settleMs)).toHaveLength(10);
  });

  test("large answers are kept for a shorter time", () => {
    const small = { ...limits, maxHops: 1000, maxCharacters: 14_000 };
    const collector = openCollector({ key: null, onLoss: () => {}, limits: small });
    for (const message of many(30, "410 Gone")) collector.take(mirror(message), 0);
    expect(collector.hops).toBe(30);
    collector.due(1);
    expect(collector.hops).toBe(30);
    const large = { ...fromBridge, callId: "large" };
    collector.take(mirror(inviteOver(large, t(0))), 2);
    collector.take(mirror(answerOver(large, t(1), "410 Gone", [`Server: ${"x".repeat(5000)}`])), 2);
    collector.due(3);
    expect(collector.hops).toBeLessThan(20);
  });

  test("a call has a maximum of branches", () => {
    const branches = Array.from({ length: 9 }, (_, n) =>
      inviteOver({ ...alice, way: [proxy(`b${n}`), caller] }, t(0)),
    );
    expect(collect(branches, limits).losses.filter((loss) => loss === "too-many-branches")).toHaveLength(5);
  });

  test("a call is forgotten after five minutes", () => {
    const collector = openCollector({ key: null, onLoss: () => {} });
    for (const message of throughProxy("410 Gone")) collector.take(mirror(message), 0);
    collector.due(transactionLimits.keepMs - 1);
    expect(collector.hops).toBe(2);
    collector.due(transactionLimits.keepMs);
    expect(collector.hops).toBe(0);
  });

  test("a call that rings is kept longer, but not forever", () => {
    const { keepMs, maxKeepMs } = transactionLimits;
    const collector = open();
    collector.take(mirror(inviteOver(fromBridge, t(0))), 0);
    for (let now = 0; now < maxKeepMs; now += keepMs - 1) {
      collector.take(mirror(answerOver(fromBridge, t(now), "180 Ringing")), now);
      collector.due(now);
      expect(collector.hops).toBe(1);
    }
    collector.take(mirror(answerOver(fromBridge, t(maxKeepMs), "180 Ringing")), maxKeepMs);
    collector.due(maxKeepMs + keepMs);
    expect(collector.hops).toBe(0);
  });
});

test("simultaneous calls of one caller through one proxy are not mixed up", () => {
  const calls = Array.from({ length: 50 }, (_, n) =>
    throughProxy(n % 2 === 0 ? "410 Gone" : "301 Moved Permanently", contact).map((message) => ({
      ...message,
      payload: message.payload
        .toString()
        .replaceAll(callId, `call-${n}`)
        .replaceAll("alice@pbx", `u${n}@pbx`),
    })),
  );
  check(
    property(constantFrom(1, 3, 7, 31), (step) => {
      const arrived = Array.from({ length: 250 }, (_, i) => calls.flat()[(i * step * 3) % 250] ?? []).flat();
      const expected = Array.from(
        { length: 50 },
        (_, n) => `${n % 2 === 0 ? 410 : 301} sip:u${n}@pbx.example`,
      );
      expect(new Set(collect([...arrived, ...calls.flat()]).lines)).toEqual(new Set(expected));
    }),
    { numRuns: 4 },
  );
});
