import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chance } from "../support/chance.ts";
import { readBlocks, runBlocks } from "../support/pages/page.ts";
import { type Served, startServed } from "../support/processes/served.ts";
import { waitFor } from "../support/wait.ts";

let served: Served;
let key: string;
beforeAll(async () => {
  served = await startServed();
  key = readFileSync(join(served.folder, "data/admin.key"), "utf8").trim();
});
afterAll(() => served.close());

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await fetch(served.origin + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

const putPerson = (n: number, host: string) =>
  call("PUT", `/v1/contacts/by-external-id/p${n}`, {
    name: `Person ${n}`,
    addresses: [{ uri: `sip:p${n}@${host}.example` }],
  });

test("the commands of docs/crm.md run as they stand", async () => {
  await putPerson(0, "old");
  const start = [
    `SIPBOOK=${served.origin}`,
    `AUTH="Authorization: Bearer ${key}"`,
    "JSON='Content-Type: application/json'",
  ];
  const script = [...start, ...readBlocks("crm.md", "sh")].join("\necho\n");
  const { stdout } = await promisify(execFile)("bash", ["-eu", "-c", script]);
  expect(stdout).toMatch(/"name":"Person 0"/);
  expect(stdout).toMatch(/^id: 1\nevent: change\ndata: \{.*\}$/m);
});

test("the commands of docs/resolve.md do what the page says", async () => {
  const printed = await runBlocks(readBlocks("resolve.md", "sh"), served);
  const [made = "", , one = "", many = "", tag = ""] = printed;
  expect(JSON.parse(made)).toMatchObject({ scopes: ["read"] });
  expect(shapeOf(JSON.parse(one))).toEqual(shapeOf(JSON.parse(readBlocks("resolve.md", "json")[0] ?? "")));
  const { items }: { items: readonly { answer: string }[] } = JSON.parse(many);
  expect(items.map(({ answer }) => answer)).toEqual(["moved", "gone", "active", "unknown", "invalid"]);
  expect(tag.trim()).toBe("304");
});

/** An answer without what differs from run to run: ids and times. */
function shapeOf(answer: unknown): unknown {
  const text = JSON.stringify(answer)
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "id")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time");
  return JSON.parse(text);
}

const People = Type.Object({ items: Type.Array(Type.Object({ id: Type.String() })) });

/** What the client keeps, by id; its cursor last. */
function readCopy(file: string): { readonly contacts: unknown[]; readonly cursor: unknown } {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 60_000 });
  try {
    const contacts = db.prepare("SELECT json FROM contact ORDER BY id").all();
    const cursor = db.prepare("SELECT sequence FROM cursor").get();
    return { contacts: contacts.map(({ json }) => JSON.parse(String(json))), cursor: cursor?.["sequence"] };
  } finally {
    db.close();
  }
}

test("the sync client of the page, killed again and again while the book changes, ends with a copy of it", async () => {
  const [file, program] = [join(served.folder, "book.sqlite"), join(served.folder, "sync.ts")];
  await writeFile(program, readBlocks("crm.md", "ts sync.ts").join(""));
  const env = { PATH: process.env["PATH"], SIPBOOK: served.origin, KEY: key, FILE: file };
  const start = () => spawn(process.execPath, [program], { env, stdio: "ignore" });
  const random = chance(4711);
  const written = new AbortController();
  const writing = (async () => {
    for (let n = 0; n < 30; n += 1) {
      await putPerson(n % 20, `host${n}`);
      const uri = `sip:p${n % 20}@host${n}.example`;
      const status = n % 3 === 0 ? 410 : 301;
      const contacts = status === 301 ? [`<sip:p${n % 20}@moved${n}.example>`] : [];
      await call("POST", "/v1/events", { id: `call-${n}`, requestUri: uri, status, contacts });
    }
  })().finally(() => written.abort());
  let kills = 0;
  while (!written.signal.aborted || kills < 5) {
    const client = start();
    const ended = once(client, "exit");
    await sleep(random.below(1500));
    client.kill("SIGKILL");
    await ended;
    kills += 1;
  }
  await writing;
  const client = start();
  try {
    await waitFor(async () => {
      const { items } = Value.Parse(People, await call("GET", "/v1/contacts?include=gone&limit=500"));
      const history = Value.Parse(
        Type.Object({ items: Type.Array(Type.Object({ sequence: Type.Integer() })) }),
        await call("GET", "/v1/history?limit=1"),
      );
      const book = items.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(readCopy(file)).toEqual({ contacts: book, cursor: history.items[0]?.sequence });
    });
  } finally {
    client.kill("SIGKILL");
  }
}, 180_000);
