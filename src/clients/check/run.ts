import { randomBytes } from "node:crypto";
import { Type } from "typebox";
import { isName } from "../../json/parts.ts";
import {
  type ClientDeps,
  clientOptions,
  needKey,
  readOptions,
  readUrl,
  runOrExplain,
  UsageError,
} from "../client.ts";
import { heading, paragraph, table } from "../print.ts";
import { openRest, type Rest } from "../rest.ts";
import type { CheckedSource } from "./phrase.ts";
import { type Played, play } from "./play.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

/** Other scenarios are for tests. */
export interface CheckDeps extends Omit<ClientDeps, "out"> {
  readonly scenarios?: readonly Scenario[];
}

export const usage = `Usage: npm run check-pbx -- --source NAME [options]

  --source NAME          the source whose dialect and mapping are played
  --url URL              default: http://127.0.0.1:8080
  --key KEY              an admin key; default: SIPBOOK_KEY, else the admin key in DATA_DIR (./data)

Exits with 0 when everything is as it should be, 1 when something differs, 2 for a mistake in the options.
`;

/** A new book has a source named after each dialect, so this name is free. */
const playedAs = "check";

// Of the answers, what is looked at.
const Source = Type.Object({
  name: Type.String(),
  dialect: Type.String(),
  mapping: Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())]),
});
const Key = Type.Object({ key: Type.String() });

/** `sipbook check-pbx`: plays what PBXs do to a running sipbook, in a book of its own. Resolves to the exit code. */
export function runCheck(args: readonly string[], deps: CheckDeps): Promise<number> {
  return runOrExplain(deps, { usage, stopped: "Broken off." }, () => check(readCommand(args), deps));
}

interface Options {
  readonly source: string;
  readonly url: string;
  readonly key: string | null;
}

async function check(options: Options, deps: CheckDeps): Promise<number> {
  const key = await needKey(options.key, deps.findKey);
  const api = openRest(options.url, key, deps.signal);
  const source = await api.get(`/v1/sources/${options.source}`, Source);
  const run = randomBytes(4).toString("hex");
  const book = `check-${source.name.slice(0, 40)}-${run}`;
  deps.say(paragraph(`Playing the source ${source.name} (dialect ${source.dialect}) in the book ${book}.`));
  const own = await setUp(api, book, source);
  const stage = { api: own, source: { ...source, name: playedAs }, now: Date.now(), run };
  // Each has a contact of its own, so they do not touch each other.
  const played = await Promise.all((deps.scenarios ?? scenarios).map((scenario) => play(stage, scenario)));
  deps.say(heading("WHAT WAS EXPECTED, AND WHAT HAPPENED"));
  deps.say(draw(played));
  deps.say(`\n${summarise(played)}`);
  deps.say(paragraph(`The book stays, for you to look at: ${options.url}/v1/events?book=${book}`));
  if (played.every(({ result }) => result === "cannot be said")) {
    deps.tell(`sipbook: nothing was played: the dialect ${source.dialect} has no words for it\n`);
    return 1;
  }
  return played.some(({ result }) => result === "differs") ? 1 : 0;
}

/** A book with a source as the one that is checked, and a key for the time of the check. */
async function setUp(api: Rest, book: string, { dialect, mapping }: CheckedSource): Promise<Rest> {
  const Anything = Type.Object({});
  await api.post("/v1/books", { name: book }, Anything);
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const input = { name: "check-pbx", scopes: ["admin"], expiresAt };
  const { key } = await api.post(`/v1/keys?book=${book}`, input, Key);
  const own = api.as(key);
  const settings = { mode: "immediate", trustedPath: true, mapping };
  await own.post("/v1/sources", { name: playedAs, dialect, ...settings }, Anything);
  return own;
}

/** Two lines for what differs, one for what does not. */
function draw(played: readonly Played[]): string {
  const rows = played.flatMap(({ scenario, expected, happened, result }) =>
    result === "ok"
      ? [[scenario, expected, result]]
      : [
          [scenario, expected, result],
          ["", `${result === "differs" ? "happened: " : ""}${happened}`, ""],
        ],
  );
  return table(["scenario", "expected", "result"], rows);
}

function summarise(played: readonly Played[]): string {
  const count = (wanted: Played["result"]) => played.filter(({ result }) => result === wanted).length;
  const unsaid = count("cannot be said");
  const told = [
    `${count("ok")} as expected`,
    `${count("differs")} otherwise`,
    ...(unsaid === 0 ? [] : [`${unsaid} that this dialect cannot say`]),
  ];
  return paragraph(`${told.join(", ")}.`);
}

function readCommand(args: readonly string[]): Options {
  const config = { args: [...args], options: { ...clientOptions, source: { type: "string" } } } as const;
  const { source, url, key } = readOptions(config).values;
  if (source === undefined) throw new UsageError("Name the source to check with --source");
  if (!isName(source)) throw new UsageError(`${source} is no name of a source`);
  return { source, url: readUrl(url), key: key ?? null };
}
