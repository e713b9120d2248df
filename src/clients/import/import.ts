import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Type } from "typebox";
import { Import, type ImportBody, ImportRow } from "../../wire/book/imports.ts";
import { type ClientDeps, needKey, runOrExplain } from "../client.ts";
import { openRest } from "../rest.ts";
import { type ImportCommand, readArguments, usage } from "./arguments.ts";
import { openProgress, type Progress } from "./progress.ts";
import { rowLines, summaryOf } from "./summary.ts";
import { upload } from "./upload.ts";

const pollMs = 300;
/** Rows that are shown of a kind. */
const mostShown = 20;

const Rows = Type.Object({ items: Type.Array(ImportRow) });

/** `sipbook import FILE`: sends a file to a running sipbook and follows it to its end. Resolves to the exit code. */
export function runImport(args: readonly string[], deps: ClientDeps): Promise<number> {
  const stopped = "Broken off: nothing of the file was imported.";
  return runOrExplain(deps, { usage, stopped }, () => importFile(readArguments(args), deps));
}

async function importFile(
  command: ImportCommand,
  { out, tell, findKey, signal }: ClientDeps,
): Promise<number> {
  const key = await needKey(command.key, findKey);
  const { size } = await stat(command.file);
  const api = openRest(command.url, key, signal);
  const progress = openProgress(out);
  let sent = 0;
  progress.show("Sending", 0, size);
  const { id } = await upload(command, key, signal, (bytes) => {
    sent += bytes;
    progress.show("Sending", sent, size);
  });
  const path = `/v1/imports/${id}`;
  const book = new URLSearchParams([...command.query].filter(([name]) => name === "book")).toString();
  const rows = async (which: string) =>
    (await api.get(`${path}/rows?limit=${mostShown}&${which}&${book}`, Rows)).items;
  try {
    const done = await follow(() => api.get(`${path}?${book}`, Import), progress, signal);
    progress.end();
    const { rejected, warned } = done.counts;
    const badRows = rejected > 0 ? await rows("outcome=rejected") : [];
    const warnedRows = warned > 0 ? await rows("warned=true") : [];
    const lists = rowLines("Rejected:", badRows, rejected) + rowLines("With a warning:", warnedRows, warned);
    out.write(summaryOf(done) + lists);
    return isWhole(done) ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    progress.end();
    tell(`\nThe file is sent, and sipbook goes on with it: ${command.url}${path}\n`);
    tell("POST to its /undo stops it and takes back what it did.\n");
    return 130;
  }
}

async function follow(
  find: () => Promise<ImportBody>,
  progress: Progress,
  signal: AbortSignal,
): Promise<ImportBody> {
  for (;;) {
    const found = await find();
    const { rows, checked, applied } = found.progress;
    switch (found.state) {
      case "receiving":
      case "checking":
        progress.show("Checking", checked, rows);
        break;
      case "applying":
        progress.show("Applying", applied, rows);
        break;
      case "checked":
      case "stopped":
      case "done":
      case "failed":
      case "undoing":
      case "undone":
        return found;
    }
    await sleep(pollMs, undefined, { signal });
  }
}

const isWhole = ({ state, counts }: ImportBody): boolean =>
  (state === "done" || state === "checked") && counts.rejected === 0;
