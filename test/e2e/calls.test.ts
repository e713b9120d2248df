import { setTimeout as sleep } from "node:timers/promises";
import type { Static } from "typebox";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Change } from "../../src/wire/book/changes.ts";
import type { Contact } from "../../src/wire/book/contacts.ts";
import type { Event } from "../../src/wire/calls/events.ts";
import { makeDataFolder } from "../support/processes/postgres.ts";
import { runSipbook, type Sipbook } from "../support/processes/sipbook.ts";
import { findFreePort } from "../support/processes/tcp.ts";
import { waitFor } from "../support/wait.ts";
import { findMissingPackages } from "./kamailio/installed.ts";
import { dialledDomain, type Kamailio, startKamailio } from "./kamailio/kamailio.ts";

type Contact = Static<typeof Contact>;
type Event = Static<typeof Event>;
type Change = Static<typeof Change>;

const missing = findMissingPackages();
if (missing.length > 0) console.warn(`No real calls here, missing: ${missing.join(" ")}`);

const uriOf = (user: string): string => `sip:${user}@${dialledDomain}`;

describe.skipIf(missing.length > 0 && process.env["CI"] === undefined)("real calls through Kamailio", () => {
  let folder: { readonly path: string; readonly remove: () => Promise<void> };
  let sipbook: Sipbook;
  let kamailio: Kamailio;
  let env: Record<string, string>;
  const adminKey = "the-admin-key-of-the-calls-test";

  beforeAll(async () => {
    folder = await makeDataFolder(inject("dataFolder"));
    const port = await findFreePort();
    env = { DATA_DIR: folder.path, PORT: `${port}`, SIPBOOK_ADMIN_KEY: adminKey, LOG_LEVEL: "warn" };
    await startSipbook();
    const key = await call<{ key: string }>("POST", "/v1/keys", {
      name: "Kamailio",
      scopes: ["ingest"],
      source: "kamailio",
    });
    kamailio = await startKamailio({ webhookUrl: `${originOf(env)}/v1/webhooks/kamailio`, key: key.key });
  });

  afterAll(async () => {
    await kamailio?.stop();
    sipbook?.child.kill("SIGTERM");
    await sipbook?.ended;
    await folder?.remove();
  });

  async function startSipbook(): Promise<void> {
    sipbook = runSipbook("serve", { env });
    await sipbook.started();
  }

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${originOf(env)}${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    // On a busy machine, as any client does.
    const waitSeconds = response.status === 503 ? response.headers.get("retry-after") : null;
    if (waitSeconds !== null) {
      await sleep(Number(waitSeconds) * 1000);
      return call(method, path, body);
    }
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    // The caller names the shape; the integration tests check them all.
    return (await response.json()) as T;
  }

  async function addContact(...users: readonly string[]): Promise<Contact> {
    const addresses = users.map((user) => ({ uri: uriOf(user) }));
    return call<Contact>("POST", "/v1/contacts", { name: users.join(" and "), addresses });
  }

  /** Dials, and waits until sipbook has decided an event about each user. */
  async function dial(dialled: string, about: readonly string[] = [dialled]): Promise<readonly Event[]> {
    await kamailio.dial(dialled);
    await decidedEvents(...about);
    // Once more: a late answer on one branch changes the verdict about another.
    return decidedEvents(...about);
  }

  const decidedEvents = (...users: readonly string[]): Promise<readonly Event[]> =>
    waitFor(async () => {
      const { items } = await call<{ items: Event[] }>("GET", "/v1/events?limit=500");
      return users.flatMap((user) => {
        const found = items.filter(({ requestUri }) => requestUri === uriOf(user));
        if (found.length > 0 && found.every(({ verdict }) => verdict !== null)) return found;
        throw new Error(`No verdict about ${user}.\n${kamailio.log()}\n${sipbook.errors()}`);
      });
    });

  const read = ({ id }: Contact) => call<Contact>("GET", `/v1/contacts/${id}?include=gone`);
  const shown = async (contact: Contact) =>
    (await read(contact)).addresses.map(({ uri, state }) => `${uri} ${state}`);
  const historyOf = async ({ id }: Contact) =>
    (await call<{ items: Change[] }>("GET", `/v1/contacts/${id}/history`)).items;

  // an answer to the call, then the event's verdict, and the address that the contact shows
  const calls: [string, string, string, string][] = [
    [
      "301 with one Contact",
      "moved-ada",
      "301 applied moved-permanently",
      "sip:moved-ada@new.example.net;transport=udp active",
    ],
    [
      "301 with Contacts in two rows, the best by q",
      "moved-several-ada",
      "301 applied moved-permanently",
      "sip:moved-several-ada@best.example.net active",
    ],
    [
      "301 without a Contact",
      "moved-nowhere-ada",
      "301 recorded no-usable-contact",
      `${uriOf("moved-nowhere-ada")} active`,
    ],
    [
      "301 to a registered device",
      "moved-device-ada",
      "301 held device-contact",
      `${uriOf("moved-device-ada")} active`,
    ],
    [
      "301 to a phone number, from an address that is not one",
      "moved-tel-ada",
      "301 held first-phone-number",
      `${uriOf("moved-tel-ada")} active`,
    ],
    [
      "301 retransmitted",
      "moved-twice-ada",
      "301 applied moved-permanently",
      "sip:moved-twice-ada@new.example.net active",
    ],
    [
      "301 with a name that is not UTF-8",
      "moved-latin-ada",
      "301 applied moved-permanently",
      "sip:moved-latin-ada@new.example.net active",
    ],
    ["302", "away-ada", "302 recorded status-without-effect", `${uriOf("away-ada")} active`],
    ["404", "unknown-ada", "404 recorded status-without-effect", `${uriOf("unknown-ada")} active`],
    ["410", "gone-ada", "410 applied gone", `${uriOf("gone-ada")} gone`],
    [
      "410 that is a redirect by its Reason header",
      "gone-cause-ada",
      "410 recorded cause-veto",
      `${uriOf("gone-cause-ada")} active`,
    ],
    ["486", "busy-ada", "486 recorded status-without-effect", `${uriOf("busy-ada")} active`],
    ["200", "answers-ada", "200 recorded no-change", `${uriOf("answers-ada")} active`],
  ];

  describe("a call ends in", () => {
    const contacts = new Map<string, Contact>();
    beforeAll(async () => {
      const users = calls.map(([, user]) => user);
      for (const user of users) contacts.set(user, await addContact(user));
      await kamailio.dial(...users);
    });

    test.for(calls)("%s", async ([, user, verdict, address]) => {
      const contact = contacts.get(user);
      if (contact === undefined) throw new Error(`${user} was not dialled`);
      const events = await decidedEvents(user);
      expect(verdictsOf(events)).toEqual([verdict]);
      expect(await shown(contact)).toEqual([address]);
      const changes = (await historyOf(contact)).filter(({ cause }) => cause.kind === "event");
      expect(new Set(changes.map(({ cause }) => cause.eventId))).toEqual(
        new Set(verdict.includes("applied") ? [events[0]?.id] : []),
      );
    });
  });

  test("history shows a 301 with the state before and after, and its event", async () => {
    const contact = await addContact("moved-history");
    const [event] = await dial("moved-history");
    const [change] = await historyOf(contact);
    expect(change).toMatchObject({
      kind: "rewritten",
      before: { uri: uriOf("moved-history"), state: "active" },
      after: { uri: "sip:moved-history@new.example.net;transport=udp", state: "active" },
      cause: {
        kind: "event",
        eventId: event?.id,
        status: 301,
        reason: "Moved Permanently",
        source: "kamailio",
      },
    });
  });

  test("a fork's 410 is not believed beside the branch that answered", async () => {
    const contact = await addContact("gone-eve", "answers-eve");
    const events = await dial("fork-gone-answers-eve", ["gone-eve", "answers-eve"]);
    expect(verdictsOf(events).toSorted()).toEqual([
      "200 recorded no-change",
      "410 recorded answered-elsewhere",
    ]);
    expect(await shown(contact)).toEqual([`${uriOf("gone-eve")} active`, `${uriOf("answers-eve")} active`]);
  });

  test("a fork's 301 is about its own branch, beside a busy one", async () => {
    const contact = await addContact("moved-eve", "busy-eve");
    const events = await dial("fork-moved-busy-eve", ["moved-eve", "busy-eve"]);
    expect(verdictsOf(events).toSorted()).toEqual([
      "301 applied moved-permanently",
      "486 recorded status-without-effect",
    ]);
    expect(await shown(contact)).toEqual([
      "sip:moved-eve@new.example.net;transport=udp active",
      `${uriOf("busy-eve")} active`,
    ]);
  });

  test("sipbook is killed and restarted during a series of calls, and no event is missing", async () => {
    const users = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `moved-r${i}` : `gone-r${i}`));
    const contacts = await Promise.all(users.map((user) => addContact(user)));
    const dialling = kamailio.dial(...users);
    await decidedEvents(users[0] ?? "");
    // As a crash: nothing is finished, nothing is said goodbye to.
    sipbook.child.kill("SIGKILL");
    await sipbook.ended;
    await startSipbook();
    await dialling;
    const events = await decidedEvents(...users);
    expect(events.map(({ requestUri }) => requestUri).toSorted()).toEqual(users.map(uriOf).toSorted());
    const addresses = (await Promise.all(contacts.map(shown))).flat();
    expect(addresses).toEqual(
      users.map((user) =>
        user.startsWith("moved") ? `sip:${user}@new.example.net;transport=udp active` : `${uriOf(user)} gone`,
      ),
    );
    const changes = (await Promise.all(contacts.map(historyOf))).flat();
    expect(changes.filter(({ cause }) => cause.kind === "event" && cause.eventId !== null)).toHaveLength(
      // Each gone one archives its contact too.
      users.length + users.length / 2,
    );
  });
});

const originOf = ({ PORT }: Record<string, string>): string => `http://127.0.0.1:${PORT}`;

const verdictsOf = (events: readonly Event[]): readonly string[] =>
  events.map(({ status, verdict }) => `${status} ${verdict?.code} ${verdict?.rule}`);
