import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBlocks, runBlocks } from "../support/pages/page.ts";
import { type Served, startServed } from "../support/processes/served.ts";
import { runProcess, type Sipbook } from "../support/processes/sipbook.ts";
import { findFreePort } from "../support/processes/tcp.ts";

let served: Served;
let key: string;
beforeAll(async () => {
  served = await startServed();
  key = (await readFile(join(served.folder, "data/admin.key"), "utf8")).trim();
});
afterAll(() => served.close());

const main = join(import.meta.dirname, "../../src/main.ts");

/** `sipbook import`, as who started the service gives it. */
function runImport(...args: readonly string[]): Sipbook {
  const url = args.includes("--url") ? [] : ["--url", served.origin];
  const env = { DATA_DIR: join(served.folder, "data") };
  return runProcess([process.execPath, main, "import", ...args, ...url], env);
}

async function write(name: string, ...lines: readonly string[]): Promise<string> {
  const file = join(served.folder, name);
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

const head = "External Id,Name,URI,Notes";
const people = (prefix: string, count: number, notes = "") =>
  Array.from({ length: count }, (_, n) => `${prefix}${n},Person ${n},sip:${prefix}${n}@pbx.example,${notes}`);

const api = (path: string, body?: string) =>
  fetch(served.origin + path, {
    headers: { authorization: `Bearer ${key}`, "content-type": "text/csv" },
    ...(body === undefined ? {} : { method: "POST", body }),
  });
const read = async (path: string) => JSON.parse(await (await api(path)).text());
const contactsOf = async (prefix: string): Promise<readonly string[]> => {
  const { items } = await read(`/v1/contacts?q=${prefix}&limit=500`);
  return items.map(({ name }: { readonly name: string }) => name);
};

describe("sipbook import", () => {
  test("prints progress, the result and the rejected rows, and exits with 1 for them", async () => {
    const file = await write(
      "some.csv",
      head,
      "s1,Some One,sip:some1@pbx.example,",
      "s2,,nonsense,",
      "s3,Part Two,12,",
    );
    const run = runImport(file);
    expect(await run.ended).toBe(1);
    expect(run.errors()).toBe("");
    expect(run.output()).toMatch(/^Sending 0 %\n(.+ %\n)*Import [0-9a-f-]{36} is done\.\nIt changed:\n/);
    expect(run.output()).toContain("2 new, 0 changed");
    expect(run.output()).toMatch(
      /1 rejected, 1 imported .+\nRejected:\n {2}line 3: name .+\nWith a warning:\n {2}line 4: URI .+\n$/,
    );
    // No bar, where there is no terminal.
    expect(run.output()).not.toMatch(/[\r[\]]/);
    expect(await contactsOf("Some")).toEqual(["Some One"]);
  });

  test("only checks with --validate-only, and exits with 0 if nothing is wrong", async () => {
    const file = await write("dry.csv", head, "d1,Dry One,sip:dry1@pbx.example,");
    const run = runImport(file, "--validate-only");
    expect(await run.ended).toBe(0);
    expect(run.output()).toMatch(/ is checked\.\nIt would change:\n {2}contacts {3}1 new/);
    expect(await contactsOf("Dry")).toEqual([]);
  });

  describe("prints the mistake:", async () => {
    const nowhere = `http://127.0.0.1:${await findFreePort()}`;
    const cases: [string, readonly string[], number, RegExp][] = [
      ["a wrong key", ["told.csv", "--key", "wrong"], 1, /^sipbook: .*key.*\n$/],
      ["a sipbook that does not run", ["told.csv", "--url", nowhere], 1, /^sipbook: .*refused.*\n$/i],
      ["a missing file", ["none.csv"], 1, /^sipbook: .*none\.csv.*\n$/],
      ["an unknown option", ["told.csv", "--nonsense"], 2, /^sipbook: .*--nonsense.*\n\nUsage: /s],
    ];
    test.for(cases)("%s", async ([, [name = "", ...options], code, said]) => {
      if (name === "told.csv") await write(name, head);
      const run = runImport(join(served.folder, name), ...options);
      expect(await run.ended).toBe(code);
      expect(run.errors()).toMatch(said);
    });
  });

  test("leaves the import running on Ctrl-C after the upload, and prints its URL", async () => {
    const run = runImport(await write("many.csv", head, ...people("many", 3000)));
    await expect.poll(run.output).toMatch(/Checking|Applying/);
    run.interrupt();
    expect(await run.ended).toBe(130);
    const [, path = ""] = /its import continues: http:\/\/[^/]+(\/\S+)\n/.exec(run.errors()) ?? [];
    await expect.poll(() => read(path)).toMatchObject({ state: "done", counts: { create: 3000 } });
  });
});

describe("POST /v1/imports", () => {
  test("applies nothing of an interrupted upload", async () => {
    const headers = {
      "content-type": "text/csv",
      authorization: `Bearer ${key}`,
      "content-length": "1000000",
    };
    const upload = request(`${served.origin}/v1/imports`, { method: "POST", headers }).on("error", () => {});
    upload.write([head, ...people("torn", 2000), ""].join("\n"));
    const newest = async () => (await read("/v1/imports?limit=1")).items[0];
    await expect.poll(newest).toMatchObject({ state: "receiving" });
    upload.destroy();
    await expect
      .poll(newest)
      .toMatchObject({ state: "failed", error: expect.stringContaining("interrupted") });
    expect(await read("/v1/contacts?externalId=torn1")).toMatchObject({ items: [] });
  });

  test("takes a file that is larger than any other body may be", async () => {
    const body = [head, ...people("large", 2500, "x".repeat(2000)), ""].join("\n");
    expect(body.length).toBeGreaterThan(4 * 1024 * 1024);
    const sent = await api("/v1/imports?validateOnly=true", body);
    expect([sent.status, JSON.parse(await sent.text())]).toMatchObject([202, { progress: { rows: 2500 } }]);
    // Refused by its announced length, before any of it is sent.
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const refused = request(`${served.origin}/v1/contacts`, {
      method: "POST",
      headers: { ...headers, "content-length": body.length },
    });
    refused.flushHeaders();
    const [answer] = await once(refused, "response");
    expect(answer.statusCode).toBe(413);
    refused.on("error", () => {}).destroy();
  });

  test("the commands with curl do what docs/import.md and docs/formats.md say", async () => {
    await write("contacts.csv", head, "page1,Page One,sip:page1@pbx.example,");
    const blocks = [...readBlocks("import.md", "sh"), ...readBlocks("formats.md", "sh")];
    const [found = "", exported = ""] = await runBlocks(
      blocks.filter((block) => block.includes("curl")),
      served,
    );
    expect(JSON.parse(found)).toMatchObject({
      state: expect.stringMatching(/^check/),
      format: "csv",
      progress: { rows: 1 },
    });
    expect(exported.trim()).toBe("");
    const [file = ""] = (await runBlocks(["ls sipbook*.csv"], served))[0]?.split("\n") ?? [];
    expect(await readFile(join(served.folder, file), "utf8")).toMatch(/^.*name/i);
  });
});
