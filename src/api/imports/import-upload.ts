import type { Readable } from "node:stream";
import { type Format, type FormatSettings, readRows } from "../../formats/read-rows.ts";
import type { ImportRow } from "../../formats/rows/row.ts";
import type { Database } from "../../store/client.ts";
import { finishReceiving, keepReceiving, type StagedRow, stageRows } from "../../store/imports/staging.ts";

/** The message is for the person who sent the file. */
export class UploadTooLarge extends Error {
  override readonly name = "UploadTooLarge";
}

const maxBytes = 1024 ** 3;
const maxRows = 1_000_000;
/** Rows in one insert. */
const stageSize = 500;
const heartbeatMs = 15_000;

interface Upload {
  readonly body: Readable;
  readonly format: Format;
  readonly settings: FormatSettings;
}

/**
 * Stores the rows of a file while it arrives, and reads no faster than it writes. Returns when the whole file is stored;
 * throws FileFault, UploadTooLarge, or the error that broke off the body.
 */
export async function receiveFile(
  db: Database,
  importId: string,
  { body, format, settings }: Upload,
): Promise<void> {
  const heartbeat = setInterval(() => void keepReceiving(db, importId).catch(() => {}), heartbeatMs);
  let kept = 0;
  let waiting: StagedRow[] = [];
  const stage = async (): Promise<void> => {
    await stageRows(db, importId, kept, waiting);
    kept += waiting.length;
    waiting = [];
  };
  try {
    for await (const row of readRows(format, limited(body), settings)) {
      if (kept + waiting.length >= maxRows)
        throw new UploadTooLarge("The file has more than 1,000,000 rows: split it");
      waiting.push(toStaged(row));
      if (waiting.length >= stageSize) await stage();
    }
    if (waiting.length > 0) await stage();
    if (!(await finishReceiving(db, importId))) throw new Error("The import was given up during the upload");
  } finally {
    clearInterval(heartbeat);
  }
}

async function* limited(body: Readable): AsyncIterable<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("The body of a request must be bytes");
    bytes += chunk.length;
    if (bytes > maxBytes) throw new UploadTooLarge("The file is larger than 1 GiB: split it");
    yield chunk;
  }
}

function toStaged(row: ImportRow): StagedRow {
  return row.kind === "bad"
    ? { place: row.place, contact: null, isPartial: true, faults: row.faults }
    : { place: row.place, contact: row.contact, isPartial: row.isPartial, faults: row.warnings };
}
