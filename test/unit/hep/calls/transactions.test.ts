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

const toProxy: Leg = { callId, requestUri: "sip:alice@pbx.example", way: [caller], to: "10.0.0.2:5060" };
const toCallee = (branch: string, requestUri: string): Leg => ({
  callId,
  requestUri,
  way: [proxy(branch), caller],
  to: callee,
});
const alice = toCallee("b0", "sip:alice@pbx.example");
const bob = toCallee("b1", "sip:bob@pbx.example");

const gone = "410 Gone";
const challenge = "407 Proxy Authentication Required";
const moved = ["301 Moved Permanently", ["Contact: <sip:alice@new.example>"]] as const;
const temporarily = ["302 Moved Temporarily", moved[1]] as const;

/** An INVITE over a leg, or the answer with this status. */
type Step = readonly [leg: Leg, status?: string, rows?: readonly string[]];

/** The messages of a call, one in each millisecond. */
const flow = (...steps: readonly Step[]): readonly Mirrored[] =>
  steps.map(([leg, status, rows], ms) =>
    status === undefined ? inviteOver(leg, t(ms)) : answerOver(leg, t(ms), status, rows),
  );

function open(limits = transactionLimits) {
  const losses: Loss[] = [];
  const collector = openCollector({ key: null, onLoss: (loss) => void losses.push(loss), limits });
  const take = (messages: readonly Mirrored[], now = 0) => {
    for (const message of messages) collector.take(mirror(message), now);
  };
  return { collector, losses, take };
}

/** Outcomes of messages that arrive together, as `status uri [statuses of other branches]`, and the losses. */
function collect(messages: readonly Mirrored[], limits = transactionLimits) {
  const { collector, losses, take } = open(limits);
  take(messages);
  const outcomes = [...collector.due(limits.graceMs), ...collector.end()];
  const lines = outcomes.map(({ requestUri, response, branchOutcomes }) =>
    [response.status, requestUri, ...branchOutcomes].join(" "),
  );
  return { lines: lines.toSorted(), losses, outcomes };
}

const throughProxy = (status: string, rows: readonly string[] = []) =>
  flow([toProxy], [toProxy, "100 Trying"], [alice], [alice, status, rows], [toProxy, status, rows]);

const ringing = "180 Ringing";
/** The INVITEs of both branches are sent in the same millisecond. */
const fork = (ofAlice: string, ofBob: string, ofProxy: string) => {
  const steps: readonly Step[] = [[toProxy], [alice], [bob], [bob, ringing], [toProxy, ringing]];
  return flow(...steps, [alice, ofAlice], [bob, ofBob], [toProxy, ofProxy]).with(2, inviteOver(bob, t(1)));
};

const toEdge: Leg = { ...alice, to: edge("e0").place };
const behindEdge: Leg = {
  ...alice,
  requestUri: "sip:alice@10.0.0.3",
  way: [edge("e0"), proxy("b0"), caller],
};
const bobToEdge: Leg = { ...bob, to: edge("e").place };
const bobBehindEdge: Leg = { ...bob, way: [edge("e"), ...bob.way] };

const mask: Element = { place: "127.0.0.8", branch: "masked" };
const hidden: Leg = { ...alice, way: [proxy("b0"), mask] };
const otherSide = (branch: string, requestUri: string): Leg => ({
  ...hidden,
  requestUri,
  way: [{ place: "10.0.0.2:5062", branch }, mask],
});
const hiddenOld = otherSide("b0", "sip:alice@old.example");
const hiddenNew = otherSide("b1", "sip:alice@new.example");

const fromOutside: Leg = { ...alice, way: [{ place: "192.0.2.9:5060", branch: "b0" }, caller] };
const toCaller: Leg = { ...alice, to: caller.place };
const hiddenToCaller: Leg = { ...hidden, to: caller.place };
const toProxyItself: Leg = { ...alice, to: proxy("").place };
const bobToProxyItself: Leg = { ...bob, to: proxy("").place };

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
const before: Leg = { ...fromBridge, callId: "before" };
const after: Leg = { ...fromBridge, callId: "after" };
const followed: Leg = { ...fromBridge, cseq: 8, requestUri: "sip:alice@new.example", way: [proxy("b1")] };

/** The other leg of `toBridge`, from another address of the same B2BUA. */
const elsewhere = (place: string): Leg => ({ ...fromBridge, way: [{ place, branch: "b0" }] });
const otherPhone: Leg = { ...elsewhere("10.0.0.7:5060"), to: "10.0.0.2:5060" };

/** Another call of the same number through the same proxy. */
const second: Leg = { ...toProxy, callId: "second", requestUri: "sip:100@pbx.example" };
const secondOn: Leg = { ...second, way: [proxy("s0"), caller], to: "10.0.0.8:5060" };

const aliceGone = "410 sip:alice@pbx.example";
const oldGone = "410 sip:alice@old.example";
const hundredGone = "410 sip:100@pbx.example";
type Flow = [of: string, messages: readonly Mirrored[], outcomes: readonly string[]];
const throughB2bua = ["10.0.0.2:5080", "10.0.0.2:5061", "203.0.113.2:5060", "0.0.0.0:5060"].map(
  (place): Flow => [
    `a B2BUA that calls from ${place}`,
    [
      ...flow([toBridge], [elsewhere(place)]),
      answerOver(elsewhere(place), t(20), gone),
      answerOver(toBridge, t(25), gone),
    ],
    [oldGone],
  ],
);

const flows: readonly Flow[] = [
  ["a call from a PBX", flow([fromBridge], [fromBridge, gone]), [oldGone]],
  ["a call through a proxy, mirrored twice", throughProxy(...moved), ["301 sip:alice@pbx.example"]],
  [
    "a call through two proxies",
    flow([toProxy], [toEdge], [behindEdge], [behindEdge, gone], [toEdge, gone], [toProxy, gone]),
    ["410 sip:alice@10.0.0.3"],
  ],
  ["an answered call", throughProxy("200 OK"), ["200 sip:alice@pbx.example"]],
  [
    "a fork with a dead and an answered branch",
    fork(gone, "200 OK", "200 OK"),
    ["200 sip:bob@pbx.example 410", "410 sip:alice@pbx.example 180 200"],
  ],
  [
    "a fork with a dead branch beside a busy one",
    fork(gone, "486 Busy Here", gone),
    ["410 sip:alice@pbx.example 180 486", "486 sip:bob@pbx.example 410"],
  ],
  [
    "a fork whose other branch rang and was cancelled",
    fork(gone, "487 Request Terminated", gone),
    ["410 sip:alice@pbx.example 180 487", "487 sip:bob@pbx.example 410"],
  ],
  ["a fork whose other branch still rings", fork(gone, ringing, ringing), ["410 sip:alice@pbx.example 180"]],
  ["the same call from two agents", [...throughProxy(gone), ...throughProxy(gone)], [aliceGone]],
  ["an answer that is sent again", [...throughProxy(gone), answerOver(alice, t(500), gone)], [aliceGone]],
  ["an answer that arrives before its INVITE", throughProxy(gone).toReversed(), [aliceGone]],
  ["a proxy that hides the Vias", flow([toProxy], [hidden], [hidden, gone], [toProxy, gone]), [aliceGone]],
  [
    "a proxy that hides the Vias and has a socket for each side",
    flow([toProxy], [hiddenOld], [hiddenOld, ...moved], [hiddenNew], [hiddenNew, gone], [toProxy, gone]),
    ["301 sip:alice@old.example 410", "410 sip:alice@new.example 301"],
  ],
  ...throughB2bua,
  [
    "two phones of one user that call gone addresses through one proxy",
    flow([toBridge], [otherPhone], [otherPhone, gone], [toBridge, gone]),
    [hundredGone, oldGone],
  ],
  [
    "two calls of one number from one PBX through one proxy, of which the second ends first",
    flow([toProxy], [alice], [second], [secondOn], [secondOn, ...moved], [second, ...moved], [alice, gone]),
    ["301 sip:100@pbx.example", aliceGone],
  ],
  [
    "a B2BUA that answers long after a call of the same user elsewhere",
    [
      ...flow([toBridge], [elsewhere("10.0.0.9:5060")], [elsewhere("10.0.0.9:5060"), gone]),
      answerOver(toBridge, t(2000), gone),
    ],
    [hundredGone, oldGone],
  ],
  [
    "a PBX that calls itself through a proxy",
    flow([toProxy], [toCaller], [toCaller, gone], [toProxy, gone]),
    [aliceGone],
  ],
  [
    "a PBX that calls itself through a proxy that hides the Vias",
    flow([toProxy], [hiddenToCaller], [hiddenToCaller, gone], [toProxy, gone]),
    [aliceGone],
  ],
  [
    "a PBX with a fast clock that calls itself through a proxy",
    [
      inviteOver(toProxy, t(500)),
      inviteOver(toCaller, t(1)),
      answerOver(toCaller, t(2), gone),
      answerOver(toProxy, t(503), gone),
    ],
    [aliceGone],
  ],
  [
    "a proxy that receives on one address and sends from another",
    flow([toProxy], [fromOutside], [fromOutside, gone], [toProxy, gone]),
    [aliceGone],
  ],
  [
    "a redirect server that answers itself",
    flow([toProxy], [toProxy, ...moved]),
    ["301 sip:alice@pbx.example"],
  ],
  [
    "a challenge, and the call after it",
    flow([fromBridge], [fromBridge, challenge], [followed], [followed, gone]),
    ["410 sip:alice@new.example"],
  ],
  ["an answer whose INVITE was not mirrored", flow([alice, gone]), []],
  ["a call inside a dialog", [inviteOver(alice, t(0), ";tag=uas"), answerOver(alice, t(1), gone)], []],
  ["a call that still rings", flow([alice], [alice, ringing]), []],
  [
    "a PBX that answers itself, before and after its own calls for the same caller",
    flow([before], [before, gone], [toBridge], [toBridge, gone], [after], [after, gone]),
    [hundredGone, oldGone, oldGone],
  ],
  [
    "a PBX that answers itself during its own call for the same caller",
    flow([toBridge], [fromBridge], [toBridge, gone], [fromBridge, gone]),
    [hundredGone, oldGone],
  ],
  [
    "a B2BUA that relays its callee's answer",
    flow([toBridge], [fromBridge], [fromBridge, ...moved], [toBridge, "301 Moved Permanently"]),
    ["301 sip:alice@old.example"],
  ],
  [
    "a B2BUA that follows a redirect that is not mirrored",
    [...flow([toBridge], [fromBridge], [fromBridge, ...temporarily]), answerOver(toBridge, t(5), gone)],
    ["302 sip:alice@old.example"],
  ],
  [
    "a B2BUA that follows a temporary redirect to a dead address",
    flow(
      ...([[toBridge], [fromBridge], [fromBridge, ...temporarily]] as const),
      ...([[followed], [followed, gone], [toBridge, gone]] as const),
    ),
    ["302 sip:alice@old.example", "410 sip:alice@new.example"],
  ],
  [
    "an edge that redirects one branch and forwards the next",
    flow(
      ...([[toProxy], [toEdge], [toEdge, ...moved]] as const),
      ...([[bobToEdge], [bobBehindEdge], [bobBehindEdge, "200 OK"]] as const),
    ),
    ["200 sip:bob@pbx.example 301", "301 sip:alice@pbx.example 200"],
  ],
  [
    "a PBX that calls itself, from an agent that does not write addresses",
    flow([toItself], [toItself, gone]),
    [oldGone],
  ],
  [
    "a fork from an agent that writes the same address everywhere",
    [
      inviteOver(toProxyItself, t(1)),
      inviteOver(bobToProxyItself, t(1)),
      answerOver(toProxyItself, t(2), gone),
      answerOver(bobToProxyItself, t(2), "404 Not Found"),
    ],
    ["404 sip:bob@pbx.example 410", "410 sip:alice@pbx.example 404"],
  ],
  [
    "a proxy whose INVITE to the callee was lost",
    flow([toProxy], [alice, ...moved], [toProxy, ...moved]),
    [],
  ],
  [
    "a proxy that answers itself while it forwards another call of the same caller",
    flow([toBridge], [toProxy], [alice], [alice, gone], [toProxy, gone], [toBridge, gone]),
    [hundredGone, aliceGone],
  ],
  [
    "a proxy that answers its callee's challenge on a new branch",
    flow([alice], [alice, challenge], [bob], [bob, gone]),
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
  const half = cut(answerOver(alice, t(3), ...moved), "w.example");
  const { lines, losses } = collect([...flow([alice], [bob]), half, answerOver(bob, t(4), gone)]);
  expect(lines).toEqual(["410 sip:bob@pbx.example 301"]);
  expect(losses).toEqual(["cut-off"]);
  const unseen = cut(answerOver(bob, t(3), gone, ["Reason: Q.850;cause=23"]), "Reason");
  expect(collect([inviteOver(bob, t(0)), unseen])).toMatchObject({ lines: [], losses: ["cut-off"] });
});

const ids = (messages: readonly Mirrored[]) => collect(messages).outcomes.map(({ id }) => id);

test("the first answer counts, even if its retransmission arrives earlier", () => {
  const again = answerOver(alice, t(500), gone);
  for (const arrived of [
    [again, ...throughProxy(gone)],
    [...throughProxy(gone), again],
  ])
    expect(collect(arrived).outcomes.map(({ at }) => at)).toEqual([t(3)]);
});

test("an answer is reported when its INVITE arrives, however late", () => {
  const { collector, take } = open();
  take([answerOver(fromBridge, t(1), gone)]);
  expect(collector.due(2 * transactionLimits.graceMs)).toEqual([]);
  take([inviteOver(fromBridge, t(0))], 3 * transactionLimits.graceMs);
  expect(collector.due(4 * transactionLimits.graceMs)).toMatchObject([
    { requestUri: "sip:alice@old.example" },
  ]);
});

test("a copy of an answer has the same id, another branch or status has another id", () => {
  expect(ids(throughProxy(gone))).toEqual(ids(throughProxy("410 Gone, sorry").toReversed()));
  const different = [...throughProxy(gone), ...throughProxy("404 Not Found")];
  expect(
    new Set([...ids(different.slice(0, 5)), ...ids(different.slice(5)), ...ids(fork(gone, gone, gone))]).size,
  ).toBe(3);
});

describe("no outcome is reported", () => {
  test("before a call had time to be complete", () => {
    const { collector, take } = open();
    take(throughProxy(gone), 1000);
    expect(collector.due(1000 + transactionLimits.settleMs - 1)).toEqual([]);
    expect(collector.due(1000 + transactionLimits.settleMs)).toHaveLength(1);
    expect(collector.due(99_000)).toEqual([]);
  });

  test("while other branches may still end, but only for a limited time", () => {
    const { collector, take } = open();
    take(fork(gone, ringing, ringing), 1000);
    expect(collector.due(1000 + transactionLimits.graceMs - 1)).toEqual([]);
    expect(collector.due(1000 + transactionLimits.graceMs)).toMatchObject([{ branchOutcomes: [180] }]);
  });
});

test("a 410 waits for a branch that may still ring", () => {
  const { collector, take } = open();
  take(flow([alice], [bob], [bob, "100 Trying"], [alice, gone]));
  expect(collector.due(12_000)).toEqual([]);
  take([answerOver(bob, t(12_000), "486 Busy Here")], 12_000);
  expect(collector.due(12_000)).toMatchObject([{ response: { status: 410 }, branchOutcomes: [486] }]);
});

test("a 410 waits until its call is dropped, but not if the call has ended", () => {
  const silent: readonly Step[] = [[toProxy], [alice], [bob], [alice, gone]];
  const waiting = open();
  waiting.take(flow(...silent));
  expect(waiting.collector.due(transactionLimits.keepMs - 1)).toEqual([]);
  expect(waiting.collector.due(transactionLimits.keepMs)).toHaveLength(1);
  const ended = open();
  ended.take(flow(...silent, [toProxy, gone]));
  expect(ended.collector.due(transactionLimits.graceMs)).toHaveLength(1);
});

const many = (count: number, status: string | null) =>
  Array.from({ length: count }, (_, n) => {
    const leg = { ...fromBridge, callId: `call-${n}` };
    return [inviteOver(leg, t(n)), ...(status === null ? [] : [answerOver(leg, t(n), status)])];
  }).flat();

describe("memory is limited", () => {
  const limits = { ...transactionLimits, maxHops: 10, maxHopsPerCall: 4 };
  test("the oldest calls are dropped, and those that never ended are counted", () => {
    const { collector, losses, take } = open(limits);
    take(many(30, null));
    collector.due(1);
    expect(collector.hops).toBe(10);
    expect(losses).toEqual(Array.from({ length: 20 }, () => "let-go"));
  });

  test("a call that has ended is reported before it is dropped", () => {
    const { collector, take } = open(limits);
    take(many(30, gone));
    expect(collector.due(1)).toHaveLength(20);
    expect(collector.due(limits.settleMs)).toHaveLength(10);
  });

  test("large answers are kept for a shorter time", () => {
    const { collector, take } = open({ ...limits, maxHops: 1000, maxCharacters: 14_000 });
    take(many(30, gone));
    expect(collector.hops).toBe(30);
    collector.due(1);
    expect(collector.hops).toBe(30);
    const large = { ...fromBridge, callId: "large" };
    take(flow([large], [large, gone, [`Server: ${"x".repeat(5000)}`]]), 2);
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
    const { collector, take } = open();
    take(throughProxy(gone));
    collector.due(transactionLimits.keepMs - 1);
    expect(collector.hops).toBe(2);
    collector.due(transactionLimits.keepMs);
    expect(collector.hops).toBe(0);
  });

  test("a call that rings is kept longer, but not forever", () => {
    const { keepMs, maxKeepMs } = transactionLimits;
    const { collector, take } = open();
    take(flow([fromBridge]));
    for (let now = 0; now < maxKeepMs; now += keepMs - 1) {
      take([answerOver(fromBridge, t(now), ringing)], now);
      collector.due(now);
      expect(collector.hops).toBe(1);
    }
    take([answerOver(fromBridge, t(maxKeepMs), ringing)], maxKeepMs);
    collector.due(maxKeepMs + keepMs);
    expect(collector.hops).toBe(0);
  });
});

test("simultaneous calls of one caller through one proxy are not mixed up", () => {
  const calls = Array.from({ length: 50 }, (_, n) =>
    throughProxy(n % 2 === 0 ? gone : moved[0], moved[1]).map((message) => ({
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
