import type { CallEvent } from "../../domain/rules/event.ts";

/** One report of a scenario, in the service's own terms. */
export interface ScenarioReport {
  /** When it happened, in minutes from now. The address was asserted an hour ago. */
  readonly at: number;
  /** Default: the address of the scenario. */
  readonly uri?: string;
  readonly status: number;
  readonly reason: string;
  readonly contacts?: readonly string[];
  readonly reasonHeaders?: readonly string[];
  /** Reports with the same name are branches of one call. */
  readonly call?: string;
  /** How often it is sent; default: once. */
  readonly times?: number;
}

export interface Scenario {
  readonly name: string;
  /** The address of the scenario's contact. */
  readonly address: string;
  /** In order of arrival. */
  readonly reports: readonly ScenarioReport[];
  /** The reports are sent all at once, not one after the other. */
  readonly together?: true;
  /** What a dialect must be able to report, besides the Request-URI and the status. */
  readonly needs: readonly (keyof CallEvent | "occurredAt")[];
  readonly expected: {
    /** Final verdict and rule of each report. */
    readonly verdicts: readonly string[];
    /** Final addresses of the contact, each with its state. */
    readonly book: readonly string[];
  };
}

const moved = { status: 301, reason: "Moved Permanently" } as const;
const gone = { status: 410, reason: "Gone" } as const;
const busy = { status: 486, reason: "Busy Here" } as const;

const addressOf = (user: string) => `sip:${user}@old.example`;
const newAddressOf = (user: string) => `sip:${user}@new.example`;

const withoutEffect = "recorded/status-without-effect";

/** Calls that every PBX has sooner or later, and what the book must make of them. */
export const scenarios: readonly Scenario[] = [
  {
    name: "301 with one Contact",
    address: addressOf("moved"),
    reports: [{ at: -30, ...moved, contacts: [`<${newAddressOf("moved")}>`] }],
    needs: ["contacts"],
    expected: { verdicts: ["applied/moved-permanently"], book: [`${newAddressOf("moved")} active`] },
  },
  {
    name: "301 with several Contacts",
    address: addressOf("several"),
    reports: [
      {
        at: -30,
        ...moved,
        contacts: [`<${newAddressOf("second")}>;q=0.5`, `<${newAddressOf("several")}>;q=0.9`],
      },
    ],
    needs: ["contacts"],
    expected: { verdicts: ["applied/moved-permanently"], book: [`${newAddressOf("several")} active`] },
  },
  {
    name: "301 without a Contact",
    address: addressOf("nowhere"),
    reports: [{ at: -30, ...moved }],
    needs: [],
    expected: { verdicts: ["recorded/no-usable-contact"], book: [`${addressOf("nowhere")} active`] },
  },
  {
    name: "302",
    address: addressOf("away"),
    reports: [{ at: -30, status: 302, reason: "Moved Temporarily", contacts: [`<${newAddressOf("away")}>`] }],
    needs: [],
    expected: { verdicts: [withoutEffect], book: [`${addressOf("away")} active`] },
  },
  {
    name: "404",
    address: addressOf("missing"),
    reports: [{ at: -30, status: 404, reason: "Not Found" }],
    needs: [],
    expected: { verdicts: [withoutEffect], book: [`${addressOf("missing")} active`] },
  },
  {
    name: "410",
    address: addressOf("gone"),
    reports: [{ at: -30, ...gone }],
    needs: [],
    expected: { verdicts: ["applied/gone"], book: [`${addressOf("gone")} gone`] },
  },
  {
    name: "410 with another cause",
    address: addressOf("disguised"),
    reports: [{ at: -30, ...gone, reasonHeaders: ['Q.850;cause=23;text="redirected"'] }],
    needs: ["reasonHeaders"],
    expected: { verdicts: ["recorded/cause-veto"], book: [`${addressOf("disguised")} active`] },
  },
  {
    name: "410 beside an answer",
    address: addressOf("forked"),
    reports: [
      { at: -30, ...gone, call: "fork" },
      { at: -30, uri: "sip:forked@mobile.example", status: 200, reason: "OK", call: "fork" },
    ],
    needs: ["callId"],
    expected: {
      verdicts: ["recorded/answered-elsewhere", "unmatched/no-address"],
      book: [`${addressOf("forked")} active`],
    },
  },
  {
    name: "the same three times",
    address: addressOf("repeated"),
    reports: [{ at: -30, ...gone, times: 3 }],
    needs: [],
    expected: { verdicts: ["applied/gone and 2 duplicates"], book: [`${addressOf("repeated")} gone`] },
  },
  {
    name: "the later call first",
    address: addressOf("overtaken"),
    reports: [
      {
        at: -20,
        uri: "sip:overtaken@second.example",
        ...moved,
        contacts: [`<${newAddressOf("overtaken")}>`],
      },
      { at: -30, ...moved, contacts: ["<sip:overtaken@second.example>"] },
    ],
    needs: ["contacts", "occurredAt"],
    expected: {
      verdicts: ["applied/moved-permanently", "applied/moved-permanently"],
      book: [`${newAddressOf("overtaken")} active`],
    },
  },
  {
    name: "a clock 10 min ahead",
    address: addressOf("ahead"),
    reports: [{ at: 10, ...gone }],
    needs: ["occurredAt"],
    expected: { verdicts: ["applied/gone with its time set back"], book: [`${addressOf("ahead")} gone`] },
  },
  {
    name: "a call before the assertion",
    address: addressOf("late"),
    reports: [{ at: -90, ...gone }],
    needs: ["occurredAt"],
    expected: { verdicts: ["stale/before-assertion"], book: [`${addressOf("late")} active`] },
  },
  stormOf(200),
];

/** Concurrent calls, of which only one changes the book. */
export function stormOf(calls: number): Scenario {
  return {
    name: `${calls} calls at once`,
    address: addressOf("storm"),
    reports: [
      ...Array.from({ length: calls - 1 }, () => ({ at: -30, uri: addressOf("storm"), ...busy })),
      { at: -29, uri: addressOf("storm"), ...gone },
    ],
    together: true,
    needs: [],
    expected: {
      verdicts: [...Array.from({ length: calls - 1 }, () => withoutEffect), "applied/gone"],
      book: [`${addressOf("storm")} gone`],
    },
  };
}
