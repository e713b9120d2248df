import { type Static, Type } from "typebox";
import { Change } from "../../wire/book/changes.ts";
import { Address } from "../../wire/book/contacts.ts";
import { Verdict } from "../../wire/calls/events.ts";
import { heading, paragraph, table } from "../print.ts";
import type { Rest } from "../rest.ts";
import { people, type Scene, scenes, timeOf, toKamailio, undone } from "./story.ts";

// The fields of the answers that the demo reads.
const Contact = Type.Object({
  id: Type.String(),
  name: Type.String(),
  addresses: Type.Array(Address),
});
const Contacts = Type.Object({ items: Type.Array(Contact) });
const Events = Type.Object({
  items: Type.Array(Type.Object({ id: Type.String(), verdict: Type.Union([Verdict, Type.Null()]) })),
});
const Feed = Type.Object({ items: Type.Array(Change) });
const Key = Type.Object({ key: Type.String() });
const Receipts = Type.Object({
  events: Type.Tuple([
    Type.Object({ id: Type.String(), state: Type.String(), verdict: Type.Optional(Verdict) }),
  ]),
});
type Print = (text: string) => void;

/** Plays the story against a service with an empty book, as its administrator. */
export async function playStory(api: Rest, print: Print): Promise<void> {
  for (const { name, uri } of people) {
    const addresses = [{ uri, assertedAt: timeOf("09:00").toISOString() }];
    await api.post("/v1/contacts", { name, addresses }, Contact);
  }
  print(heading("THE BOOK BEFORE, at 09:00"));
  print(await drawBook(api));
  await playScenes(api, print);
  print(heading("THE HISTORY: every change, with its cause"));
  print(await drawHistory(api));
  await undoRemoval(api, print);
  print(heading("THE BOOK AFTER"));
  print(await drawBook(api));
}

async function drawBook(api: Rest): Promise<string> {
  const { items } = await api.get("/v1/contacts?include=gone", Contacts);
  const rows = items.flatMap(({ name, addresses }) =>
    addresses.map(({ uri, state, assertedUri }) => [
      name,
      uri,
      state,
      uri === assertedUri ? "" : `was ${assertedUri}`,
    ]),
  );
  return table(["contact", "address", "state", ""], rows);
}

async function playScenes(api: Rest, print: Print): Promise<void> {
  print(heading("WHAT THE PBX REPORTS, in order of arrival"));
  print(
    paragraph("Kamailio's own JSON, posted to /v1/webhooks/kamailio with a key that can only report calls."),
  );
  const { key } = await api.post(
    "/v1/keys",
    { name: "kamailio", scopes: ["ingest"], source: "kamailio" },
    Key,
  );
  const pbx = api.as(key);
  const verdicts = new Map<string, { readonly scene: number; readonly verdict: string }>();
  for (const [index, scene] of scenes.entries()) {
    const number = index + 1;
    print(`\n${drawReport(number, scene)}`);
    const receipts = await pbx.post("/v1/webhooks/kamailio", toKamailio(scene.answer), Receipts);
    const [{ id, state, verdict }] = receipts.events;
    const first = verdicts.get(id);
    if (first === undefined) verdicts.set(id, { scene: number, verdict: nameOf(verdict) });
    print(
      state === "duplicate"
        ? note(`duplicate of ${first?.scene}: it counts once`)
        : note(nameOf(verdict)) + drawReason(verdict),
    );
    print(await drawSecondThoughts(api, verdicts));
  }
}

const detail = " ".repeat(12);
const note = (text: string): string => paragraph(`=> ${text}`, detail);

function drawReport(number: number, { what, answer }: Scene): string {
  const { at, uri, code, reason, contact, reasonHeader } = answer;
  const line = `${number}  ${at}  ${code} ${reason} for ${uri}`;
  return [
    paragraph(line),
    contact === undefined || code >= 400 ? "" : paragraph(`Contact: ${contact}`, detail),
    reasonHeader === undefined ? "" : paragraph(`Reason: ${reasonHeader}`, detail),
    paragraph(what, detail),
  ].join("");
}

const nameOf = (verdict: Static<typeof Verdict> | null | undefined): string =>
  verdict == null ? "waiting" : `${verdict.code} (${verdict.rule})`;

/** The first sentence of an explanation repeats the report, which is printed above. */
function drawReason(verdict: Static<typeof Verdict> | undefined): string {
  const [, why] = verdict?.explanation ?? [];
  return why === undefined ? "" : paragraph(why, `${detail}   `);
}

/** A new event may change the verdict of an earlier one. */
async function drawSecondThoughts(
  api: Rest,
  verdicts: Map<string, { readonly scene: number; readonly verdict: string }>,
): Promise<string> {
  const { items } = await api.get("/v1/events?source=kamailio", Events);
  let text = "";
  for (const { id, verdict } of items) {
    const known = verdicts.get(id);
    const now = nameOf(verdict);
    if (known === undefined || known.verdict === now) continue;
    text += note(`and ${known.scene}, which was ${known.verdict}, is now ${now}`);
    verdicts.set(id, { scene: known.scene, verdict: now });
  }
  return text;
}

async function drawHistory(api: Rest): Promise<string> {
  const { items } = await api.get("/v1/feed?after=0", Feed);
  const contacts = (await api.get("/v1/contacts?include=gone", Contacts)).items;
  const names = new Map(contacts.map(({ id, name }) => [id, name]));
  const rows = items.map((change) => [
    String(change.sequence),
    names.get(change.contactId) ?? "",
    change.kind,
    drawStep(change),
    drawCause(change),
  ]);
  return table(["no", "contact", "change", "address", "because of"], rows);
}

function drawStep({ before, after }: Static<typeof Change>): string {
  if (after === null) return "(the contact)";
  if (before === null || before.uri === after.uri) return `${after.uri} ${after.state}`;
  return `${before.uri} -> ${after.uri}`;
}

function drawCause({ cause }: Static<typeof Change>): string {
  if (cause.kind === "event") return `a ${cause.status}`;
  return cause.actor === null ? cause.kind : `${cause.kind} by ${cause.actor}`;
}

async function undoRemoval(api: Rest, print: Print): Promise<void> {
  print(heading("AN UNDO: Bob had not left after all"));
  const contacts = (await api.get("/v1/contacts?include=gone", Contacts)).items;
  const bob = contacts.find(({ name }) => name === undone);
  const { items } = await api.get("/v1/feed?after=0", Feed);
  const removal = items.find(({ kind, contactId }) => kind === "removed" && contactId === bob?.id);
  if (removal === undefined) throw new Error(`${undone} was not removed`);
  const change = await api.post(`/v1/history/${removal.id}/undo`, {}, Change);
  print(paragraph(`POST /v1/history/<id of change ${removal.sequence}>/undo`));
  print(paragraph(`=> change ${change.sequence}: ${change.kind}, ${drawStep(change)}, ${drawCause(change)}`));
  print(paragraph("The old 410 no longer applies. A 410 from a later call would remove him again.", "     "));
}
