import { Type } from "typebox";
import {
  type ClientDeps,
  clientOptions,
  needKey,
  readOptions,
  readUrl,
  runOrExplain,
  UsageError,
} from "../client.ts";
import { openRest } from "../rest.ts";
import { makeTwoWeeks } from "./two-weeks.ts";

export const usage = `Usage: npm run seed -- [options]

Fills the empty book of a running sipbook with 200 contacts and two weeks of calls.

  --url URL              default: http://127.0.0.1:8080
  --key KEY              an admin key; default: SIPBOOK_KEY, else the admin key in DATA_DIR (./data)
`;

// The fields of the answers that are used.
const Contacts = Type.Object({ items: Type.Array(Type.Unknown()) });
const Receipts = Type.Object({
  events: Type.Array(Type.Object({ verdict: Type.Optional(Type.Object({ code: Type.String() })) })),
});

/** Events in one request, which may carry 1,000. */
const batch = 500;

/** `sipbook seed`: contacts and calls to look at, over REST. Resolves to the exit code. */
export function runSeed(args: readonly string[], deps: Omit<ClientDeps, "out">): Promise<number> {
  return runOrExplain(deps, { usage, stopped: "Cancelled." }, async () => {
    const { values } = readOptions({ args: [...args], options: clientOptions });
    const url = readUrl(values.url);
    const api = openRest(url, await needKey(values.key ?? null, deps.findKey), deps.signal, {
      prefer: "wait=10",
    });
    const { items } = await api.get("/v1/contacts?limit=1&archived=true", Contacts);
    const { items: shown } = await api.get("/v1/contacts?limit=1", Contacts);
    if (items.length + shown.length > 0)
      throw new UsageError(
        "The book has contacts already. Seed an empty one: start sipbook with a new DATA_DIR",
      );

    const { contacts, events } = makeTwoWeeks(new Date());
    for (const contact of contacts) await api.post("/v1/contacts", contact, Type.Unknown());
    const codes = new Map<string, number>();
    for (let first = 0; first < events.length; first += batch) {
      const receipts = await api.post("/v1/events", events.slice(first, first + batch), Receipts);
      for (const { verdict } of receipts.events) {
        const code = verdict?.code ?? "pending";
        codes.set(code, (codes.get(code) ?? 0) + 1);
      }
    }
    const verdicts = [...codes].map(([code, count]) => `${count} ${code}`).join(", ");
    deps.print(`${contacts.length} contacts, and ${events.length} calls of two weeks: ${verdicts}.\n`);
    deps.print(`Look at ${url}/v1/contacts, ${url}/v1/history and ${url}/docs.\n`);
    return 0;
  });
}
