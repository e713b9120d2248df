import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Static } from "typebox";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Event } from "../../src/wire/calls/events.ts";
import { type Served, startServed } from "../support/processes/served.ts";
import { waitFor } from "../support/wait.ts";
import { findMissingPackages } from "./kamailio/installed.ts";
import { dialledDomain, type Kamailio, startKamailio } from "./kamailio/kamailio.ts";

const missing = findMissingPackages();
if (missing.length > 0) console.warn(`No records of acc_json here, missing: ${missing.join(" ")}`);

// the record of a call to … says this, with so many Contacts
const records: [string, string][] = [
  ["moved-ada", "moved-ada 301 1"],
  ["moved-several-ada", "moved-several-ada 301 1"],
  ["moved-nowhere-ada", "moved-nowhere-ada 301 0"],
  ["gone-ada", "gone-ada 410 0"],
  ["busy-ada", "busy-ada 486 0"],
  ["answers-ada", "answers-ada 200 0"],
  // One branch won, and the Contact of the other is not its own.
  ["fork-moved-answers-eve", "answers-eve 200 0"],
];

describe.skipIf(missing.length > 0 && process.env["CI"] === undefined)(
  "records of Kamailio's acc_json",
  () => {
    let served: Served;
    let kamailio: Kamailio;

    beforeAll(async () => {
      served = await startServed();
      const key = (await readFile(join(served.folder, "data/admin.key"), "utf8")).trim();
      const webhookUrl = `${served.origin}/v1/webhooks/kamailio`;
      kamailio = await startKamailio({ webhookUrl, key, accounting: true });
      await kamailio.dial(...records.map(([user]) => user));
    });

    afterAll(async () => {
      await kamailio?.stop();
      await served?.close();
    });

    test("each call is one event, with the Contact of the answer that it is about", async () => {
      const key = (await readFile(join(served.folder, "data/admin.key"), "utf8")).trim();
      const readEvents = async () => {
        const response = await fetch(`${served.origin}/v1/events?source=kamailio`, {
          headers: { authorization: `Bearer ${key}` },
        });
        // The integration tests check the shape.
        const { items } = (await response.json()) as { readonly items: Static<typeof Event>[] };
        const domain = `@${dialledDomain}`;
        return items.map(({ requestUri, status, contacts }) =>
          [requestUri.replace("sip:", "").replace(domain, ""), status, contacts.length].join(" "),
        );
      };
      const expected = records.map(([, record]) => record).toSorted();
      await waitFor(async () => expect((await readEvents()).toSorted()).toEqual(expected));
    });
  },
);
