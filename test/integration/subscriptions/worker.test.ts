import { describe, expect, test } from "vitest";
import { leaseSubscription, releaseLease } from "../../../src/store/subscriptions/lease.ts";
import { openVault } from "../../../src/vault/vault.ts";
import { deliver } from "../../../src/work/deliver.ts";
import { makeOutbound } from "../../support/pbx/outbound.ts";
import { silent } from "../../support/processes/postgres.ts";
import { isRedisMissing } from "../../support/processes/redis.ts";
import { waitFor } from "../../support/wait.ts";
import { quick, settled, upTo, useWebhooks } from "./webhooks.ts";

const backends = ["PostgreSQL", ...(isRedisMissing() ? [] : ["Redis"])] as const;
const onPostgres = useWebhooks("own");

describe.each(backends)("delivery workers with the queue on %s", (backend) => {
  const used = backend === "Redis" ? useWebhooks("own", backend) : onPostgres;

  test("changes made while no worker ran are delivered once, however many workers start", async () => {
    const { book, receiver, id } = await used.subscribe();
    await book.addContacts(25);
    await Promise.all([1, 2, 3].map(() => used.service.startWorker()));
    await settled(book, id);
    expect(receiver.sequences().toSorted((a, b) => a - b)).toEqual(upTo(25));
  });

  test("a worker that stops in the middle leaves the rest to another, and no delivery is missing", async () => {
    const book = await used.service.makeBook();
    const held: (() => void)[] = [];
    const receiver = await used.receive(({ sequence }) =>
      sequence % 5 === 0 && held.length < 3
        ? (response) => void held.push(() => response.writeHead(204).end())
        : 204,
    );
    const { id } = await book.subscribe(receiver.url);
    await book.addContacts(20);
    const first = await used.service.startWorker();
    await waitFor(() => expect(held).toHaveLength(3));
    await first.close();
    expect(await book.subscription(id)).not.toMatchObject({ pending: 0 });
    await used.service.startWorker();
    await settled(book, id);
    expect([...new Set(receiver.sequences())].toSorted((a, b) => a - b)).toEqual(upTo(20));
  });

  if (backend === "Redis") {
    test("an emptied Redis and an unreachable Redis lose no delivery", async () => {
      const { book, receiver, id } = await used.subscribe();
      await book.addContacts(2);
      await used.redis?.call("FLUSHALL");
      await used.service.startWorker();
      await settled(book, id);
      await used.redis?.stop();
      await book.addContacts(2);
      await settled(book, id);
      expect(receiver.sequences()).toEqual([1, 2, 3, 4]);
      await used.redis?.start();
    });
  }
});

describe("delivery workers, whatever the queue", () => {
  const used = onPostgres;

  test("a killed worker holds a subscription only until its lease expires", async () => {
    const { book, receiver, id } = await used.subscribe();
    await book.addContacts(1);
    expect(await leaseSubscription(used.service.db, id)).not.toBeNull();
    await used.service.startWorker();
    expect(await leaseSubscription(used.service.db, id)).toBeNull();
    expect(receiver.received).toEqual([]);
    await used.service.db.subscription.update({ where: { id }, data: { leasedUntil: new Date() } });
    await settled(book, id);
    expect(receiver.sequences()).toEqual([1]);
  });

  test("dead receivers do not delay a healthy one, and rest after a few attempts", async () => {
    const book = await used.service.makeBook();
    const hanging = await used.receive(() => () => {});
    const healthy = await used.receive();
    const outbound = makeOutbound({ sender: { timeoutMs: 300 }, policy: { firstRestMs: 3_600_000 } });
    const dead = await Promise.all(upTo(3).map(() => book.subscribe(hanging.url)));
    const { id } = await book.subscribe(healthy.url);
    await used.service.startWorker(outbound);
    await book.addContacts(12);
    await settled(book, id);
    expect(new Set(healthy.sequences())).toEqual(new Set(upTo(12)));
    for (const each of dead) {
      await waitFor(async () =>
        expect(await book.subscription(each.id)).toMatchObject({
          state: "active",
          lastError: "timed-out",
          resumeAt: expect.any(String),
        }),
      );
    }
    // Not all 12 deliveries are attempted: at most two rounds of four for each of the three receivers.
    expect(hanging.received.length).toBeLessThanOrEqual(3 * 8);
  });

  test("more dead receivers than a process has slots delay only each other", async () => {
    const book = await used.service.makeBook();
    const hanging = await used.receive(() => () => {});
    const healthy = await used.receive();
    await Promise.all(upTo(40).map(() => book.subscribe(hanging.url)));
    // None of them has accepted a delivery before.
    await used.service.db.subscription.updateMany({ where: { bookId: book.id }, data: { failures: 1 } });
    const { id } = await book.subscribe(healthy.url);
    await used.service.startWorker(makeOutbound({ sender: { timeoutMs: 3_600_000 } }));
    await book.addContacts(2);
    await waitFor(() => expect(hanging.received.length).toBeGreaterThanOrEqual(16));
    await book.addContacts(2);
    await settled(book, id);
    expect(healthy.sequences().toSorted((a, b) => a - b)).toEqual(upTo(4));
    await used.service.db.subscription.updateMany({ where: { url: hanging.url }, data: { state: "paused" } });
  });

  test("a receiver that fails for the first time frees its slot at once", async () => {
    const { book, receiver: failing, id } = await used.subscribe(() => 500);
    await book.addContacts(30);
    const never = new AbortController().signal;
    const outbound = makeOutbound({ policy: { waitsMs: [0, 3_600_000], failuresUntilRest: 1_000 } });
    const run = async () => {
      const leased = await leaseSubscription(used.service.db, id);
      if (leased === null) throw new Error("Somebody else has the subscription");
      await deliver({ ...used.service, outbound, log: silent, closing: never, cut: never }, leased);
      await releaseLease(used.service.db, leased);
    };
    await run();
    expect(failing.received.length).toBeLessThanOrEqual(8);
    await run();
    expect(failing.received).toHaveLength(30);
  });

  test("an endpoint that recovers gets its whole backlog at once", async () => {
    const book = await used.service.makeBook();
    const receiver = await used.receive(() => 500);
    const policy = {
      waitsMs: [0, 3_600_000, 3_600_000],
      failuresUntilRest: 2,
      firstRestMs: 200,
      maxRestMs: 200,
    };
    const { id } = await book.subscribe(receiver.url);
    await used.service.startWorker(makeOutbound({ policy }));
    await book.addContacts(3);
    await waitFor(async () => expect(await book.subscription(id)).toMatchObject({ failures: 3 }));
    receiver.react = () => 200;
    await book.addContacts(1);
    await settled(book, id);
    expect((await book.deliveries(id)).map(({ state }) => state)).toEqual(upTo(4).map(() => "delivered"));
  });

  test("an endpoint that fails for three days is disabled, and its deliveries stay pending", async () => {
    const { book, id } = await used.subscribe(() => 500);
    await used.service.startWorker(makeOutbound({ policy: { disableAfterMs: 0 } }));
    await book.addContacts(1);
    await waitFor(async () =>
      expect(await book.subscription(id)).toMatchObject({
        state: "disabled",
        disabledReason: "failing",
        pending: 1,
      }),
    );
  });

  test("with a wrong SIPBOOK_SECRET_KEY nothing is sent or lost, and with the right one delivery continues", async () => {
    const { book, receiver, id } = await used.subscribe();
    await book.addContacts(1);
    const wrong = await used.service.startWorker({ ...quick, vault: openVault("another key than before") });
    await waitFor(async () =>
      expect(await book.subscription(id)).toMatchObject({ lastError: "secret-unreadable", failures: 0 }),
    );
    await wrong.close();
    expect(receiver.received).toEqual([]);
    await used.service.startWorker();
    await used.service.db.subscription.update({ where: { id }, data: { resumeAt: null } });
    await settled(book, id);
    expect(receiver.sequences()).toEqual([1]);
  });

  test("a subscription that waits for a change trimmed from the history is disabled", async () => {
    const { book, receiver, id } = await used.subscribe();
    await used.service.startWorker();
    // As if the first hundred changes had been trimmed.
    await used.service.db.book.update({ where: { id: book.id }, data: { lastSequence: 100 } });
    await book.addContacts(1);
    await waitFor(async () =>
      expect(await book.subscription(id)).toMatchObject({ disabledReason: "feed-trimmed", after: 0 }),
    );
    expect(await book.post(`/v1/subscriptions/${id}/replay`, { body: { since: 0 } })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/since", detail: expect.stringContaining("kept after 100") }] },
    });
    await book.post(`/v1/subscriptions/${id}/replay`, { body: { since: 100 } });
    await book.patch(`/v1/subscriptions/${id}`, { body: { state: "active" } });
    await settled(book, id);
    expect(receiver.sequences()).toEqual([101]);
  });

  test("a history trimmed to its end disables the subscription as well", async () => {
    const { book, id } = await used.subscribe();
    await used.service.db.book.update({
      where: { id: book.id },
      data: { lastSequence: 100, trimmedTo: 100 },
    });
    await used.service.startWorker();
    await waitFor(async () =>
      expect(await book.subscription(id)).toMatchObject({ disabledReason: "feed-trimmed", after: 0 }),
    );
  });
});

if (isRedisMissing()) test.skip("delivery workers with the queue on Redis: redis-server is not installed");
