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
/** Most rows shown of each kind. */
const maxShown = 20;

const Rows = Type.Object({ items: Type.Array(ImportRow) });

/** `sipbook import FILE`: sends a file to a running sipbook and follows it to its end. Resolves to the exit code. */
export function runImport(args: readonly string[], deps: ClientDeps): Promise<number> {
  const stopped = "Cancelled: nothing was imported.";
  return runOrExplain(deps, { usage, stopped }, () => importFile(readArguments(args), deps));
}

async function importFile(
  command: ImportCommand,
  { out, printError, findKey, signal }: ClientDeps,
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
    (await api.get(`${path}/rows?limit=${maxShown}&${which}&${book}`, Rows)).items;
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
    printError(`\nThe file is sent, and its import continues: ${command.url}${path}\n`);
    printError("To stop it and undo its changes, POST to its /undo.\n");
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
