import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Static } from "typebox";
import { Check } from "typebox/value";
import { Import } from "../src/wire/book/imports.ts";
import type { Bench } from "./parts/bench.ts";
import { makeBook } from "./parts/book.ts";
import { figure, table } from "./parts/report.ts";
import type { BenchService } from "./parts/service.ts";

/** Contacts in the file. */
const rows = 100_000;

interface Step {
  readonly name: string;
  readonly seconds: number;
  /** Peak memory of the service so far. */
  readonly megabytes: number | null;
}

/** POST /v1/imports with a CSV of 100,000 contacts into an empty book, the same file again, and the undo of the first. */
export async function measureImports(bench: Bench, service: BenchService): Promise<void> {
  const book = await makeBook(bench.db, 0);
  const call = async (method: string, path: string, file?: Readable): Promise<Static<typeof Import>> => {
    const response = await fetch(service.origin + path, {
      method,
      headers: {
        authorization: `Bearer ${book.key}`,
        ...(file === undefined ? {} : { "content-type": "text/csv" }),
      },
      ...(file === undefined ? {} : { body: Readable.toWeb(file), duplex: "half" }),
      signal: bench.signal,
    });
    const body: unknown = await response.json();
    if (response.ok && Check(Import, body)) return body;
    throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(body)}`);
  };
  const settled = async (id: string): Promise<Static<typeof Import>> => {
    for (;;) {
      const found = await call("GET", `/v1/imports/${id}`);
      if (["done", "undone", "stopped", "failed"].includes(found.state)) return found;
      await sleep(100);
    }
  };
  const steps: Step[] = [];
  const measure = async (name: string, act: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await act();
    const seconds = (performance.now() - started) / 1000;
    steps.push({ name, seconds, megabytes: await readPeakMemory(service.pid) });
  };
  const send = async () => (await call("POST", "/v1/imports", Readable.from(writeCsv()))).id;
  let id = "";
  await measure("upload, until the 202", async () => {
    id = await send();
  });
  await measure("check and apply", () => settled(id));
  await measure("the same file again, all of it", async () => settled(await send()));
  await measure("undo of the first", async () => {
    await call("POST", `/v1/imports/${id}/undo`);
    await settled(id);
  });
  const lines = steps.map(({ name, seconds, megabytes }) => [
    name,
    figure(seconds),
    figure(rows / seconds),
    megabytes === null ? "" : figure(megabytes),
  ]);
  bench.print(`\nPOST /v1/imports, a CSV of ${rows.toLocaleString("en")} contacts into an empty book\n`);
  bench.print(table(["step", "s", "rows/s", "peak MB"], lines));
}

function* writeCsv(): Generator<Buffer> {
  yield Buffer.from("External Id,Name,Phone\n");
  const size = 1000;
  for (let first = 0; first < rows; first += size) {
    const lines = Array.from({ length: size }, (_, i) => {
      const n = first + i;
      return `crm-${n},Person ${n},+4930${String(n).padStart(8, "0")}\n`;
    });
    yield Buffer.from(lines.join(""));
  }
}

/** Null on systems other than Linux. */
async function readPeakMemory(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}
