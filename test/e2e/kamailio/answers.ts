import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What one UAS answers, and the SIPp scenario in sipp/ that does it. */
export interface Answer {
  readonly scenario: "uas-refuses" | "uas-refuses-twice" | "uas-answers";
  readonly status: string;
  /** Header rows, verbatim. `[$user]` is the user part of the Request-URI. */
  readonly rows?: readonly string[];
}

const moved = { scenario: "uas-refuses", status: "301 Moved Permanently" } as const;
const gone = { scenario: "uas-refuses", status: "410 Gone" } as const;

/** The answer to a call, by the first words of the dialled user: `moved-several-ada` gets that of `moved-several`. */
export const answers: Readonly<Record<string, Answer>> = {
  moved: { ...moved, rows: ['Contact: "New, place" <sip:[$user]@new.example.net;transport=udp>'] },
  "moved-several": {
    ...moved,
    rows: [
      "Contact: <sip:[$user]@third.example.net>;q=0.3, <sip:[$user]@best.example.net>;q=0.9",
      "Contact: <sip:[$user]@second.example.net>;q=0.5",
    ],
  },
  "moved-nowhere": moved,
  "moved-device": { ...moved, rows: ["Contact: <sip:[$user]@192.0.2.7:5062;ob>"] },
  "moved-tel": { ...moved, rows: ["Contact: <tel:+15550100>"] },
  "moved-twice": {
    ...moved,
    scenario: "uas-refuses-twice",
    rows: ["Contact: <sip:[$user]@new.example.net>"],
  },
  "moved-latin": { ...moved, rows: ['Contact: "J\u00f6rg" <sip:[$user]@new.example.net>'] },
  "moved-many": {
    ...moved,
    rows: Array.from({ length: 120 }, (_, i) => `Contact: <sip:[$user]@host-${i}.example.net>`),
  },
  away: {
    scenario: "uas-refuses",
    status: "302 Moved Temporarily",
    rows: ["Contact: <sip:[$user]@away.example.net>", "Expires: 60"],
  },
  unknown: { scenario: "uas-refuses", status: "404 Not Found" },
  gone,
  "gone-cause": {
    ...gone,
    rows: [
      'Reason: Q.850;cause=23;text="Redirection"',
      "Reason: SIP;cause=410",
      String.raw`Warning: 399 gw.example "user \"x\" left \\o/"`,
      "Diversion: <sip:desk@pbx.example.net>;reason=unconditional",
    ],
  },
  "gone-verbose": { ...gone, rows: [`Warning: 399 gw.example "${"so long ".repeat(2000)}"`] },
  busy: { scenario: "uas-refuses", status: "486 Busy Here" },
  answers: { scenario: "uas-answers", status: "200 OK" },
};

const longestFirst = Object.keys(answers).toSorted((a, b) => b.length - a.length);

/** The answers that a dialled user gives: `fork-<one>-<other>-<name>` and `hunt-...` give two. */
export function answersOf(user: string): readonly string[] {
  const [, one, other] = /^(?:fork|hunt)-([a-z]+)-([a-z]+)-/.exec(user) ?? [];
  if (one !== undefined && other !== undefined) return [one, other];
  return longestFirst.filter((name) => user.startsWith(`${name}-`)).slice(0, 1);
}

/** The SIPp scenario of an answer, in Latin-1 as SIPp reads it: what it sends need not be UTF-8. */
export function writeScenario(answer: Answer): Buffer {
  const template = readFileSync(join(import.meta.dirname, "sipp", `${answer.scenario}.xml`), "latin1");
  const rows = ["Server: answerer", ...(answer.rows ?? [])];
  const filled = template
    .replaceAll("@STATUS@", () => answer.status)
    .replaceAll("@ROWS@", () => rows.join("\n      "));
  return Buffer.from(filled, "latin1");
}

/** Kamailio's route to the UAS of each answer, the longest name first. */
export function writeAnswererRoute(address: string, ports: ReadonlyMap<string, number>): string {
  const lines = longestFirst.map(
    (name) => `\tif ($rU =~ "^${name}-") { $du = "sip:${address}:${ports.get(name)}"; return; }`,
  );
  return `route[ANSWERER] {\n${lines.join("\n")}\n}\n`;
}
