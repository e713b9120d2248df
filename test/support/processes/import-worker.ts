import { buildMetrics } from "../../../src/telemetry/metrics.ts";
import { workOnImport } from "../../../src/work/imports.ts";
import { openTestDatabase, silent } from "./postgres.ts";

// A process that works on one import, to be killed.
const [url = "", importId = ""] = process.argv.slice(2);
const db = openTestDatabase(url);
const { signal } = new AbortController();
await workOnImport({ db, metrics: buildMetrics(), log: silent, signal }, importId);
await db.close();
