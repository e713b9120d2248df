import { expect, test } from "vitest";
import { trimDeliveries } from "../../../src/store/subscriptions/deliveries.ts";
import { waitFor } from "../../support/wait.ts";
import { settled, upTo, useWebhooks } from "./webhooks.ts";

const used = useWebhooks("one");

/** A subscription with four deliveries in flight, to a receiver that answers on command, and eight more waiting. */
async function holdFour() {
  const book = await used.service.makeBook();
  const held: ((status: number) => void)[] = [];
  const old = await used.receive(
    () => (response) => void held.push((status) => response.writeHead(status).end()),
  );
  await book.addContacts(12);
  const { id } = await book.subscribe(old.url, { after: 0 });
  await waitFor(() => expect(held).toHaveLength(4));
  return { book, id, old, answer: (status: number) => held.splice(0).forEach((each) => each(status)) };
}

test.for([204, 500, 410])(
  "a response %i from the former URL does not count after the URL was changed",
  async (status) => {
    const { book, id, old, answer } = await holdFour();
    const receiver = await used.receive();
    await book.patch(`/v1/subscriptions/${id}`, { body: { url: receiver.url } });
    answer(status);
    await settled(book, id);
    expect(receiver.sequences().toSorted((a, b) => a - b)).toEqual(upTo(12));
    expect(old.received).toHaveLength(4);
    expect((await book.deliveries(id)).map(({ attempts }) => attempts)).toEqual(upTo(12).map(() => 1));
  },
);

test("a replay can only go back, and for a paused subscription it waits until the subscription is enabled", async () => {
  const { book, receiver, id } = await used.subscribe();
  await book.patch(`/v1/subscriptions/${id}`, { body: { state: "paused" } });
  await book.addContacts(3);
  const ahead = await book.post(`/v1/subscriptions/${id}/replay`, { body: { since: 2 } });
  expect(ahead).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/since", detail: expect.stringContaining("is at 0") }] },
  });
  expect(await book.post(`/v1/subscriptions/${id}/replay`, { body: { since: 0 } })).toMatchObject({
    status: 200,
    body: { state: "paused", after: 0, behind: 3 },
  });
  expect(receiver.received).toEqual([]);
  await book.patch(`/v1/subscriptions/${id}`, { body: { state: "active" } });
  await waitFor(() => expect(receiver.sequences().toSorted((a, b) => a - b)).toEqual([1, 2, 3]));
});

test("a failed delivery is counted", async () => {
  const { book, id } = await used.subscribe(() => 500);
  await book.addContacts(2);
  await waitFor(async () => expect(await book.deliveries(id, "?state=failed")).toHaveLength(2));
  const counted = async () => (await used.service.metrics.givenUp.get()).values[0]?.value;
  await waitFor(async () => expect(await counted()).toBe(2));
});

test("the log keeps at most 10,000 deliveries of a subscription, for a week", async () => {
  const { id } = await used.subscribe();
  await used.service.db.$executeRaw`
    insert into deliveries (subscription_id, sequence, edition, change_id, contact_id, state, due_at, settled_at)
    select ${id}::uuid, n, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'delivered', now(),
      case when n <= 5 then now() - interval '8 days' else now() end
    from generate_series(1, 10010) n`;
  expect(await trimDeliveries(used.service.db, 2)).toBe(10);
  const first = await used.service.db.delivery.findFirst({
    where: { subscriptionId: id },
    orderBy: { sequence: "asc" },
  });
  expect(first?.sequence).toBe(11n);
});

// when a subscription is … by this request, only the deliveries in flight are sent
const ends: [string, "patch" | "delete", object][] = [
  ["paused", "patch", { body: { state: "paused" } }],
  ["removed", "delete", {}],
];
test.for(ends)(
  "when a subscription is %s, only the deliveries in flight are sent",
  async ([, method, options]) => {
    const { book, id, old, answer } = await holdFour();
    expect((await book[method](`/v1/subscriptions/${id}`, options)).status).toBeLessThan(300);
    answer(204);
    // A later change reaches another subscription, so all earlier deliveries have been handled.
    const other = await used.receive();
    await book.subscribe(other.url, { after: 0 });
    await waitFor(() => expect(other.received).toHaveLength(12));
    expect(old.received).toHaveLength(4);
  },
);
