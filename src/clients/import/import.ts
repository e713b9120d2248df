import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../../faults/reason-of.ts";
import type { ImportBody } from "../../wire/book/imports.ts";
import { type Api, ApiError, openApi } from "./api.ts";
import { type ImportCommand, readArguments, usage } from "./arguments.ts";
import { type ClientDeps, noKey, UsageError } from "./client.ts";
import { type Output, openProgress, type Progress } from "./progress.ts";
import { rowLines, summaryOf } from "./summary.ts";

const pollMs = 300;
/** Rows that are shown of a kind. */
const mostShown = 20;

export interface CliDeps extends Omit<ClientDeps, "say"> {
  readonly out: Output;
}

/** `sipbook import FILE`: sends a file to a running sipbook and follows it to its end. Resolves to the exit code. */
export async function runImport(args: readonly string[], deps: CliDeps): Promise<number> {
  try {
    return await importFile(readArguments(args), deps);
  } catch (error) {
    if (error instanceof UsageError) {
      deps.tell(`sipbook: ${error.message}\n\n${usage}`);
      return 2;
    }
    if (deps.signal.aborted) {
      deps.tell("\nBroken off: nothing of the file was imported.\n");
      return 130;
    }
    deps.tell(`sipbook: ${error instanceof ApiError ? error.message : reasonOf(error)}\n`);
    return 1;
  }
}

async function importFile(command: ImportCommand, { out, tell, findKey, signal }: CliDeps): Promise<number> {
  const key = command.key ?? (await findKey());
  if (key === null) throw new UsageError(noKey);
  const { size } = await stat(command.file);
  const api = openApi(command.url, key, command.query.get("book"), signal);
  const progress = openProgress(out);
  let sent = 0;
  progress.show("Sending", 0, size);
  const { id } = await api.send(command.file, command.query, (bytes) => {
    sent += bytes;
    progress.show("Sending", sent, size);
  });
  try {
    const done = await follow(api, id, progress, signal);
    progress.end();
    const { rejected, warned } = done.counts;
    const badRows = rejected > 0 ? await api.rows(id, "outcome=rejected", mostShown) : [];
    const warnedRows = warned > 0 ? await api.rows(id, "warned=true", mostShown) : [];
    const lists = rowLines("Rejected:", badRows, rejected) + rowLines("With a warning:", warnedRows, warned);
    out.write(summaryOf(done) + lists);
    return isWhole(done) ? 0 : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    progress.end();
    tell(`\nThe file is sent, and sipbook goes on with it: ${command.url}/v1/imports/${id}\n`);
    tell("POST to its /undo stops it and takes back what it did.\n");
    return 130;
  }
}

async function follow(api: Api, id: string, progress: Progress, signal: AbortSignal): Promise<ImportBody> {
  for (;;) {
    const found = await api.find(id);
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
