import { setTimeout as sleep } from "node:timers/promises";
import type { Static } from "typebox";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Change } from "../../src/wire/book/changes.ts";
import type { Contact } from "../../src/wire/book/contacts.ts";
import type { Event } from "../../src/wire/calls/events.ts";
import { createDatabase, openTestServer, runSql } from "../support/processes/postgres.ts";
import { isRedisMissing, makeRedis } from "../support/processes/redis.ts";
import { runSipbook, type Sipbook } from "../support/processes/sipbook.ts";
import { findFreePort } from "../support/processes/tcp.ts";
import { openRetryingClient, type RetryingClient } from "./retrying-client.ts";

type Change = Static<typeof Change>;
type Contact = Static<typeof Contact>;
type Event = Static<typeof Event>;

if (isRedisMissing()) console.warn("The fleet is not tried here, missing: redis-server");

const adminKey = "the-admin-key-of-the-fleet";
const peopleCount = 24;

/** A contact, and where the calls that were accepted say that it is. */
interface Person {
  readonly id: string;
  readonly name: string;
  /** Every address that it had, in order. */
  readonly chain: string[];
  isGone: boolean;
}

describe.skipIf(isRedisMissing())(
  "two api and three worker processes on one PostgreSQL and one Redis",
  () => {
    const closers: (() => Promise<unknown>)[] = [];
    const processes = new Map<string, Sipbook>();
    let env: Record<string, string>;
    let ports: readonly string[];

    const start = async (name: string) => {
      const role = name.replace(/\d$/, "");
      const port = name === "api1" ? ports[0] : ports[1];
      const sipbook = runSipbook(role, { env: { ...env, ...(role === "api" ? { PORT: port ?? "" } : {}) } });
      processes.set(name, sipbook);
      await sipbook.started();
    };
    const stop = async (name: string, signal: "SIGTERM" | "SIGKILL"): Promise<number | null> => {
      const sipbook = processes.get(name);
      sipbook?.child.kill(signal);
      return (await sipbook?.ended) ?? null;
    };

    beforeAll(async () => {
      const server = await openTestServer(inject("dataFolder"));
      closers.push(() => server.close());
      const database = await createDatabase(server.url);
      closers.push(() => database.drop());
      const redis = await makeRedis("--appendonly", "yes", "--maxmemory-policy", "noeviction");
      closers.push(() => redis.close());
      await redis.start();
      env = {
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        SIPBOOK_ADMIN_KEY: adminKey,
        LOG_LEVEL: "warn",
      };
      ports = [`${await findFreePort()}`, `${await findFreePort()}`];
    });

    afterAll(async () => {
      await Promise.all([...processes.keys()].map((name) => stop(name, "SIGKILL")));
      for (const close of closers.toReversed()) await close();
    });

    test("are killed and restarted in turn under load, and no event is lost or duplicated", {
      timeout: 240_000,
    }, async () => {
      const migrations = [runSipbook("migrate", { env }), runSipbook("migrate", { env })];
      expect(await Promise.all(migrations.map(({ ended }) => ended))).toEqual([0, 0]);
      await Promise.all(["api1", "api2", "worker1", "worker2", "worker3"].map(start));
      const client = openRetryingClient(
        ports.map((port) => `http://127.0.0.1:${port}`),
        adminKey,
      );
      const people = await addPeople(client);

      const over = new AbortController();
      const accepted = new Set<string>();
      const lanes = [0, 1, 2, 3].map((lane) =>
        report(
          client,
          people.filter((_, at) => at % 4 === lane),
          accepted,
          over.signal,
        ),
      );
      const reader = follow(client, over.signal);
      const ends: (number | null)[] = [];
      for (const [name, signal] of [
        ["worker1", "SIGKILL"],
        ["api1", "SIGTERM"],
        ["worker2", "SIGTERM"],
        ["api2", "SIGKILL"],
        ["worker3", "SIGKILL"],
      ] as const) {
        await sleep(300);
        ends.push(await stop(name, signal));
        await start(name);
      }
      await sleep(300);
      over.abort();
      await Promise.all(lanes);
      // Those who were asked to stop ended by themselves.
      expect(ends.map((code) => code !== null)).toEqual([false, true, true, false, false]);

      await waitForVerdicts(env["DATABASE_URL"] ?? "");
      const events = await readAll<Event>(client, "/v1/events?");
      expect(events.map(({ sourceEventId }) => sourceEventId).toSorted()).toEqual([...accepted].toSorted());
      expect(new Set(events.map(({ verdict }) => `${verdict?.code} ${verdict?.rule}`))).toEqual(
        new Set(["applied moved-permanently", "applied gone"]),
      );

      const feed = await readFeed(client);
      expect(feed.map(({ sequence }) => sequence)).toEqual(feed.map((_, at) => at + 1));
      expect((await reader).map(({ id }) => id)).toEqual(
        feed.slice(0, (await reader).length).map(({ id }) => id),
      );
      const byContact = Map.groupBy(
        feed.filter(({ after }) => after !== null),
        ({ contactId }) => contactId,
      );
      const chains = [...byContact.values()].map((changes) =>
        changes.map(({ after }) => `${after?.uri} ${after?.state}`),
      );
      expect(new Set(chains.map((chain) => chain.join(", ")))).toEqual(new Set(people.map(chainOf)));

      for (const { id, chain, isGone } of people) {
        const { addresses } = await client.send<Contact>("GET", `/v1/contacts/${id}?include=gone`);
        expect(addresses.map(({ uri, state }) => `${uri} ${state}`)).toEqual([
          `${chain.at(-1)} ${isGone ? "gone" : "active"}`,
        ]);
      }
    });
  },
);

const minute = 60_000;
const day = 24 * 60 * minute;
const begin = Date.now() - day;

async function addPeople(client: RetryingClient): Promise<readonly Person[]> {
  const people = Array.from({ length: peopleCount }, (_, at) => `p${at}`);
  return Promise.all(
    people.map(async (name) => {
      const uri = `sip:${name}@0.example`;
      const { id } = await client.send<Contact>("PUT", `/v1/contacts/by-external-id/${name}`, {
        name,
        addresses: [{ uri, assertedAt: new Date(begin).toISOString() }],
      });
      return { id, name, chain: [uri], isGone: false };
    }),
  );
}

/** Reports that these people move on and on, a batch at a time, and at last that some are gone. */
async function report(
  client: RetryingClient,
  people: readonly Person[],
  accepted: Set<string>,
  signal: AbortSignal,
): Promise<void> {
  const send = async (events: readonly { readonly id: string }[]) => {
    await client.send("POST", "/v1/events", events);
    for (const { id } of events) accepted.add(id);
  };
  // A round takes a second or more, and all restarts together less than a minute and a half.
  for (let round = 0; round < 80 && !signal.aborted; round += 1) {
    for (const person of people) {
      await send(Array.from({ length: 2 }, () => move(person)));
      // Not as fast as it goes: this is about the restarts.
      await sleep(150);
    }
  }
  await send(people.filter((_, at) => at % 2 === 0).map(leave));
}

const eventOf = (person: Person, status: number) => ({
  id: `${person.name}-${person.chain.length}-${status}`,
  requestUri: person.chain.at(-1),
  status,
  occurredAt: new Date(begin + person.chain.length * minute).toISOString(),
});

function move(person: Person) {
  const event = eventOf(person, 301);
  const target = `sip:${person.name}@${person.chain.length}.example`;
  person.chain.push(target);
  return { ...event, contacts: [`<${target}>`] };
}

function leave(person: Person) {
  person.isGone = true;
  return eventOf(person, 410);
}

const chainOf = ({ chain, isGone }: Person): string =>
  [...chain.map((uri) => `${uri} active`), ...(isGone ? [`${chain.at(-1)} gone`] : [])].join(", ");

/** Follows the feed as a CRM does, while it is written. */
async function follow(client: RetryingClient, signal: AbortSignal): Promise<readonly Change[]> {
  const changes: Change[] = [];
  while (!signal.aborted) {
    const after = changes.at(-1)?.sequence ?? 0;
    changes.push(...(await client.send<{ items: Change[] }>("GET", `/v1/feed?after=${after}`)).items);
    await sleep(50);
  }
  return changes;
}

async function readFeed(client: RetryingClient): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (;;) {
    const after = changes.at(-1)?.sequence ?? 0;
    const { items } = await client.send<{ items: Change[] }>("GET", `/v1/feed?after=${after}&limit=500`);
    if (items.length === 0) return changes;
    changes.push(...items);
  }
}

async function readAll<T>(client: RetryingClient, path: string): Promise<readonly T[]> {
  const all: T[] = [];
  for (let cursor = ""; ; ) {
    const page = await client.send<{ items: T[]; next: string | null }>("GET", `${path}limit=500${cursor}`);
    all.push(...page.items);
    if (page.next === null) return all;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

async function waitForVerdicts(url: string): Promise<void> {
  for (const until = Date.now() + 80_000; Date.now() < until; await sleep(100)) {
    const [row] = await runSql(url, "SELECT count(*)::int AS pending FROM events WHERE verdict IS NULL");
    if (row?.["pending"] === 0) return;
  }
  throw new Error("Some events never had their verdict");
}
