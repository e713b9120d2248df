import type { Static } from "typebox";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Contact } from "../../src/wire/book/contacts.ts";
import type { Event } from "../../src/wire/calls/events.ts";
import { makeDataFolder } from "../support/processes/postgres.ts";
import { runSipbook, type Sipbook } from "../support/processes/sipbook.ts";
import { findFreePort } from "../support/processes/tcp.ts";
import { waitFor } from "../support/wait.ts";
import { findMissingPackages } from "./kamailio/installed.ts";
import { dialledDomain, type Kamailio, startKamailio } from "./kamailio/kamailio.ts";

const missing = findMissingPackages();
if (missing.length > 0) console.warn(`No mirrored calls here, missing: ${missing.join(" ")}`);

const uriOf = (user: string): string => `sip:${user}@${dialledDomain}`;
const movedTo = (user: string): string => `sip:${user}@new.example.net;transport=udp`;

// when … was dialled, these events are told, as `user status rule`
const calls: [string, readonly string[]][] = [
  ["moved-ada", ["moved-ada 301 moved-permanently"]],
  ["moved-several-ada", ["moved-several-ada 301 moved-permanently"]],
  ["moved-many-ada", ["moved-many-ada 301 moved-permanently"]],
  ["moved-nowhere-ada", ["moved-nowhere-ada 301 no-usable-contact"]],
  ["moved-twice-ada", ["moved-twice-ada 301 moved-permanently"]],
  ["moved-latin-ada", ["moved-latin-ada 301 moved-permanently"]],
  ["away-ada", ["away-ada 302 status-without-effect"]],
  ["unknown-ada", ["unknown-ada 404 status-without-effect"]],
  ["gone-ada", ["gone-ada 410 gone"]],
  ["gone-cause-ada", ["gone-cause-ada 410 cause-veto"]],
  ["answers-ada", ["answers-ada 200 no-change"]],
  ["fork-gone-answers-eve", ["answers-eve 200 no-change", "gone-eve 410 answered-elsewhere"]],
  ["fork-gone-busy-kim", ["busy-kim 486 status-without-effect", "gone-kim 410 branch-alive"]],
  ["hunt-busy-gone-lea", ["busy-lea 486 status-without-effect", "gone-lea 410 branch-alive"]],
];

describe.skipIf(missing.length > 0 && process.env["CI"] === undefined)("calls that Kamailio mirrors", () => {
  let folder: { readonly path: string; readonly remove: () => Promise<void> };
  let sipbook: Sipbook;
  let kamailio: Kamailio;
  let origin: string;
  const adminKey = "the-admin-key-of-the-hep-test";

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
    // The caller names the shape; the integration tests check them all.
    return (await response.json()) as T;
  }

  const eventsOf = async (): Promise<readonly string[]> => {
    const { items } = await call<{ items: Static<typeof Event>[] }>("GET", "/v1/events?source=hep&limit=500");
    return items.map(({ requestUri, status, verdict }) => {
      const [, user = ""] = /^sip:([^@]+)@/.exec(requestUri) ?? [];
      return `${user} ${status} ${verdict?.rule}`;
    });
  };

  beforeAll(async () => {
    folder = await makeDataFolder(inject("dataFolder"));
    const [port, hepPort] = [await findFreePort(), await findFreePort()];
    const key = "a key of the agents";
    const env = { PORT: `${port}`, DATA_DIR: folder.path, SIPBOOK_ADMIN_KEY: adminKey, LOG_LEVEL: "warn" };
    sipbook = runSipbook("serve", { env: { ...env, HEP_PORT: `${hepPort}`, HEP_KEY: key } });
    origin = await sipbook.started();
    await call("PATCH", "/v1/sources/hep", { mode: "immediate", trustedPath: true });
    const users = calls.flatMap(([, events]) => events.map((event) => event.split(" ")[0] ?? ""));
    await Promise.all(
      users.map((user) => call("POST", "/v1/contacts", { name: user, addresses: [{ uri: uriOf(user) }] })),
    );
    kamailio = await startKamailio({ hepPort, key });
    await kamailio.dial(...calls.map(([user]) => user));
  });

  afterAll(async () => {
    await kamailio?.stop();
    sipbook?.child.kill("SIGTERM");
    await sipbook?.ended;
    await folder?.remove();
  });

  const addressesOf = async (user: string): Promise<readonly string[]> => {
    const path = `/v1/contacts?q=${user}&include=gone`;
    const pages = [path, `${path}&archived=true`].map((each) =>
      call<{ items: Static<typeof Contact>[] }>("GET", each),
    );
    const found = (await Promise.all(pages)).flatMap(({ items }) => items);
    const contact = found.find(({ name }) => name === user);
    return contact?.addresses.map(({ uri, state }) => `${uri} ${state}`) ?? [];
  };

  test("each branch is one event, about what was dialled there", async () => {
    const expected = calls.flatMap(([, events]) => events).toSorted();
    await waitFor(async () => expect((await eventsOf()).toSorted()).toEqual(expected));
  });

  test("the book shows what the answers said", async () => {
    expect(await addressesOf("moved-ada")).toEqual([`${movedTo("moved-ada")} active`]);
    expect(await addressesOf("moved-several-ada")).toEqual(["sip:moved-several-ada@best.example.net active"]);
    expect(await addressesOf("gone-ada")).toEqual([`${uriOf("gone-ada")} gone`]);
    expect(await addressesOf("gone-eve")).toEqual([`${uriOf("gone-eve")} active`]);
    expect(await addressesOf("away-ada")).toEqual([`${uriOf("away-ada")} active`]);
  });

  test("nothing was lost, and omissions are named", async () => {
    const response = await fetch(`${origin}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
    const lines = (await response.text()).split("\n").filter((line) => /^sipbook_hep_.*\{/.test(line));
    expect(lines.filter((line) => line.includes("dropped"))).toEqual([]);
    const fates = lines.flatMap((line) => /packets_total\{fate="([^"]+)"/.exec(line)?.[1] ?? []);
    expect(fates.toSorted()).toEqual(["not-a-call", "taken"]);
  });
});
