import { expect, test } from "vitest";
import { verify } from "../../support/processes/receiver.ts";
import { waitFor } from "../../support/wait.ts";
import { settled, useWebhooks } from "./webhooks.ts";

const used = useWebhooks("one");

test("a change is posted as the feed shows it, signed by Standard Webhooks", async () => {
  const { book, receiver, id, secret } = await used.subscribe();
  await book.addContacts(1);
  await waitFor(() => expect(receiver.sequences()).toEqual([1]));
  const [message] = receiver.received;
  if (message === undefined) throw new Error("Nothing came");
  const { items } = (await book.get("/v1/feed")).body as { items: { at: string; kind: string }[] };
  expect(verify(secret, message)).toEqual({
    type: "contact.asserted",
    timestamp: items[0]?.at,
    data: items[0],
  });
  expect(message.headers).toMatchObject({ "content-type": "application/json" });
  await waitFor(async () => expect((await book.deliveries(id))[0]).toMatchObject({ state: "delivered" }));
  expect(await book.deliveries(id)).toMatchObject([
    { webhookId: message.id, sequence: 1, attempts: 1, tries: [{ status: 204, error: null }] },
  ]);
  expect(await book.subscription(id)).toMatchObject({ after: 1, behind: 0, pending: 0, failures: 0 });
});

test("a contact's next change waits while an earlier one is refused, and other contacts continue", async () => {
  const book = await used.service.makeBook();
  const [a = "", b = ""] = await book.addContacts(2);
  let refusals = 3;
  const receiver = await used.receive(({ contactId }) => {
    const isRefused = contactId === a && refusals > 0;
    refusals -= isRefused ? 1 : 0;
    return isRefused ? 500 : 204;
  });
  const { id } = await book.subscribe(receiver.url);
  for (const contact of [a, b, a, b, a, b]) await book.changeContact(contact);
  const done = () => receiver.received.length >= 6 * 2 + 3;
  await waitFor(() => expect(done()).toBe(true));
  const of = (contact: string) => receiver.received.filter(({ contactId }) => contactId === contact);
  const ofA = of(a).map(({ sequence }) => sequence);
  expect(new Set(ofA.slice(0, 4)).size).toBe(1);
  expect(ofA.slice(3)).toEqual(ofA.slice(3).toSorted((x, y) => x - y));
  expect(of(b).map(({ sequence }) => sequence)).toEqual(
    of(b)
      .map(({ sequence }) => sequence)
      .toSorted((x, y) => x - y),
  );
  expect(
    new Set(
      of(a)
        .slice(0, 4)
        .map((message) => message.id),
    ).size,
  ).toBe(1);
  await waitFor(async () => expect(await book.subscription(id)).toMatchObject({ pending: 0 }));
});

test("a delivery that every attempt refused has failed, with its attempts, and the contact's next one is sent", async () => {
  const { book, receiver, id } = await used.subscribe(({ sequence }) => (sequence === 1 ? 400 : 200));
  const [contact = ""] = await book.addContacts(1);
  await book.changeContact(contact);
  await waitFor(async () => expect(await book.subscription(id)).toMatchObject({ after: 3, pending: 0 }));
  const refused = { status: 400, error: "refused-by-receiver" };
  expect(await book.deliveries(id, "?state=failed")).toMatchObject([
    { sequence: 1, attempts: 4, dueAt: null, tries: [refused, refused, refused, refused] },
  ]);
  expect(receiver.sequences()).toEqual([1, 1, 1, 1, 2, 3]);
  expect(await book.subscription(id)).toMatchObject({ state: "active", failures: 0, lastError: null });
});

test("a response 410 disables the subscription at once, and after it is enabled it continues where it stopped", async () => {
  const { book, receiver, id } = await used.subscribe(() => 410);
  await book.addContacts(1);
  await waitFor(async () =>
    expect(await book.subscription(id)).toMatchObject({
      state: "disabled",
      disabledReason: "gone",
      pending: 1,
    }),
  );
  await book.addContacts(1);
  receiver.react = () => 200;
  const enabled = await book.patch(`/v1/subscriptions/${id}`, { body: { state: "active" } });
  expect(enabled).toMatchObject({
    status: 200,
    body: { state: "active", disabledReason: null, lastError: null },
  });
  await waitFor(() => expect(receiver.sequences()).toEqual([1, 1, 2]));
});

test("a receiver that sends Retry-After gets a pause for all its deliveries, and the attempt does not count", async () => {
  const { book, receiver, id } = await used.subscribe((_, count) =>
    count > 1 ? 204 : (response) => response.writeHead(429, { "retry-after": "2" }).end(),
  );
  await book.addContacts(1);
  await waitFor(async () =>
    expect(await book.subscription(id)).toMatchObject({
      lastError: "put-off",
      resumeAt: expect.any(String),
    }),
  );
  const { resumeAt } = await book.subscription(id);
  await book.addContacts(2);
  await waitFor(() => expect(receiver.received).toHaveLength(4));
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(resumeAt ?? ""));
  await waitFor(async () =>
    expect(await book.subscription(id)).toMatchObject({ pending: 0, resumeAt: null }),
  );
  expect((await book.deliveries(id)).at(-1)?.tries.map(({ error }) => error)).toEqual(["put-off", null]);
});

test("a subscription with kinds and sources gets only the changes of those", async () => {
  const book = await used.service.makeBook();
  const receiver = await used.receive();
  const rewritten = await book.subscribe(receiver.url, {
    kinds: ["rewritten", "removed"],
    sources: ["kamailio"],
  });
  const corrected = await book.subscribe(receiver.url, { kinds: ["asserted"] });
  await book.addContacts(2);
  await waitFor(() => expect(receiver.received).toHaveLength(2));
  for (const { id } of [rewritten, corrected]) {
    await settled(book, id);
  }
  expect(await book.deliveries(rewritten.id)).toEqual([]);
});

test("a replay delivers all changes after a sequence number again, in order and with the same ids", async () => {
  const { book, receiver, id } = await used.subscribe();
  const [contact = ""] = await book.addContacts(1);
  await book.changeContact(contact);
  await waitFor(async () => expect(await book.subscription(id)).toMatchObject({ after: 3, pending: 0 }));
  const before = receiver.received.map((message) => message.id);
  const answer = await book.post(`/v1/subscriptions/${id}/replay`, { body: { since: 1 } });
  expect(answer).toMatchObject({ status: 200, body: { after: 1, behind: 2 } });
  await waitFor(() => expect(receiver.sequences()).toEqual([1, 2, 3, 2, 3]));
  expect(receiver.received.map((message) => message.id)).toEqual([...before, ...before.slice(1)]);
  const tooFar = await book.post(`/v1/subscriptions/${id}/replay`, { body: { since: 99 } });
  expect(tooFar).toMatchObject({ status: 422, body: { errors: [{ pointer: "/since" }] } });
});

test("both secrets sign during a rotation", async () => {
  const { book, receiver, id, secret: former } = await used.subscribe();
  const rotated = await book.post(`/v1/subscriptions/${id}/rotate`);
  const { secret = "" } = rotated.body as { secret?: string };
  expect(secret).toMatch(/^whsec_/);
  await book.addContacts(1);
  await waitFor(() => expect(receiver.received).toHaveLength(1));
  const [both] = receiver.received;
  if (both === undefined) throw new Error("Nothing came");
  for (const each of [former, secret]) expect(() => verify(each, both)).not.toThrow();

  const ended = await book.post(`/v1/subscriptions/${id}/rotate`, { body: { overlapSeconds: 0 } });
  expect(ended).toMatchObject({ status: 200, body: { previousSecretUntil: null } });
  await book.addContacts(1);
  await waitFor(() => expect(receiver.received).toHaveLength(2));
  const [, last] = receiver.received;
  if (last === undefined) throw new Error("Nothing came");
  for (const each of [former, secret]) expect(() => verify(each, last)).toThrow("No matching signature");
});
