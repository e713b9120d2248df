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

interface CheckDeps extends Omit<ClientDeps, "out"> {
  /** For tests. */
  readonly scenarios?: readonly Scenario[];
}

export const usage = `Usage: npm run check-pbx -- --source NAME [options]

  --source NAME          the source whose dialect and mapping are played
  --url URL              default: http://127.0.0.1:8080
  --key KEY              an admin key; default: SIPBOOK_KEY, else the admin key in DATA_DIR (./data)

Exit code: 0 if every result is as expected, 1 if one differs, 2 if the options are wrong.
`;

/** A new book has a source named after each dialect, so this name is free. */
const playedAs = "check";

// The fields of the answers that are used.
const Source = Type.Object({
  name: Type.String(),
  dialect: Type.String(),
  mapping: Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())]),
});
const Key = Type.Object({ key: Type.String() });

/** `sipbook check-pbx`: sends a running sipbook what PBXs send, in a new book. Resolves to the exit code. */
export function runCheck(args: readonly string[], deps: CheckDeps): Promise<number> {
  return runOrExplain(deps, { usage, stopped: "Cancelled." }, () => check(readCommand(args), deps));
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
  deps.print(paragraph(`Playing the source ${source.name} (dialect ${source.dialect}) in the book ${book}.`));
  const own = await setUp(api, book, source);
  const stage = { api: own, source: { ...source, name: playedAs }, now: Date.now(), run };
  // Each scenario has its own contact, so they can run at the same time.
  const played = await Promise.all((deps.scenarios ?? scenarios).map((scenario) => play(stage, scenario)));
  deps.print(heading("WHAT WAS EXPECTED, AND WHAT HAPPENED"));
  deps.print(draw(played));
  deps.print(`\n${summarise(played)}`);
  deps.print(
    paragraph(`The book is kept, so that you can look at it: ${options.url}/v1/events?book=${book}`),
  );
  if (played.every(({ result }) => result === "not supported")) {
    deps.printError(`sipbook: nothing was played: the dialect ${source.dialect} supports no scenario\n`);
    return 1;
  }
  return played.some(({ result }) => result === "differs") ? 1 : 0;
}

/** Makes a book, a source like the one that is checked, and a key for the time of the check. */
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

/** One line for a scenario that is ok, two for any other. */
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
  const unsaid = count("not supported");
  const counts = [
    `${count("ok")} as expected`,
    `${count("differs")} different`,
    ...(unsaid === 0 ? [] : [`${unsaid} not supported by this dialect`]),
  ];
  return paragraph(`${counts.join(", ")}.`);
}

function readCommand(args: readonly string[]): Options {
  const config = { args: [...args], options: { ...clientOptions, source: { type: "string" } } } as const;
  const { source, url, key } = readOptions(config).values;
  if (source === undefined) throw new UsageError("Name the source to check with --source");
  if (!isName(source)) throw new UsageError(`${source} is not a valid name of a source`);
  return { source, url: readUrl(url), key: key ?? null };
}
