import { endsWithin } from "../faults/within.ts";
import { type DueDelivery, findDue } from "../store/subscriptions/deliveries.ts";
import { fanOut } from "../store/subscriptions/fan-out.ts";
import { extendLease, holdsLease, type LeasedSubscription } from "../store/subscriptions/lease.ts";
import { type EndpointState, type Settlement, settle } from "../store/subscriptions/settle.ts";
import { afterAttempt, type EndpointHealth } from "../webhooks/after-attempt.ts";
import { bodyOf, buildSigner, messageId, type Signer } from "../webhooks/message.ts";
import { openSecrets } from "../webhooks/secrets.ts";
import type { Channel, Sent } from "../webhooks/sender.ts";
import { changeToWire } from "../wire/book/changes.ts";
import type { WorkDeps } from "./work.ts";

export interface DeliverDeps extends Pick<WorkDeps, "db" | "outbound" | "metrics" | "log"> {
  /** Aborted when the process stops: nothing new is sent. */
  readonly closing: AbortSignal;
  /** Aborted some seconds later: sends in flight are cut off. */
  readonly cut: AbortSignal;
}

/** Concurrent sends to one endpoint. An endpoint that failed too often gets one at a time. */
const lanes = 4;
/** Deliveries taken at a time. After a kill, at most these and those in flight are sent again. */
const batch = 20;
/** A run ends after this time, to make room for other subscriptions. */
const runMs = 20_000;
/** How often a run that waits for answers looks for more to send, and extends its lease. */
const lookEveryMs = 1_000;
const extendEveryMs = 5_000;
const unreadableRestMs = 60_000;

/** One worker's sends for one subscription. */
interface Run {
  readonly subscription: LeasedSubscription;
  readonly channel: Channel;
  readonly signer: Signer;
  readonly endsAt: number;
  readonly underWay: Map<number, Promise<void>>;
  ready: readonly DueDelivery[];
  settled: readonly Settlement[];
  health: EndpointHealth;
  endpoint: Pick<EndpointState, "lastError" | "restMs" | "disabledReason" | "isBack">;
  extendedAt: number;
  isLost: boolean;
}

/** Sends what is due to a subscription, in order for each contact, until nothing is due or its time is up. */
export async function deliver(deps: DeliverDeps, subscription: LeasedSubscription): Promise<void> {
  const secrets = openSecrets(deps.outbound.vault, subscription);
  if (secrets === null) return leaveUnreadable(deps, subscription);
  const { failures, failingSince } = subscription;
  const run: Run = {
    subscription,
    channel: deps.outbound.sender.open(subscription.url),
    signer: buildSigner(secrets),
    endsAt: Date.now() + runMs,
    underWay: new Map(),
    ready: [],
    settled: [],
    health: { failures, failingSince: failingSince?.getTime() ?? null },
    endpoint: untroubled,
    extendedAt: Date.now(),
    isLost: false,
  };
  try {
    await sendAll(deps, run);
    await Promise.all(run.underWay.values());
    await writeDown(deps, run);
  } finally {
    run.channel.close();
    await Promise.allSettled(run.underWay.values());
  }
}

const untroubled = { lastError: null, restMs: null, disabledReason: null, isBack: false } as const;

async function sendAll(deps: DeliverDeps, run: Run): Promise<void> {
  const { subscription } = run;
  while (mayGoOn(deps, run)) {
    if (run.ready.length === 0) await refill(deps, run);
    // Check right before sending: nothing new starts if the subscription was changed, paused or removed.
    if (freeLanes(deps, run) > 0 && run.ready.length > 0)
      run.isLost ||= !(await holdsLease(deps.db, subscription));
    // A send that ended meanwhile may have stopped this run.
    if (mayGoOn(deps, run)) startReady(deps, run);
    if (run.underWay.size === 0) return;
    // While these wait for answers, deliveries for other contacts may fall due.
    await endsWithin(lookEveryMs, Promise.race(run.underWay.values()));
    if (Date.now() - run.extendedAt >= extendEveryMs) await keepLease(deps, run);
  }
}

function mayGoOn({ closing }: DeliverDeps, run: Run): boolean {
  const { endpoint, endsAt, isLost, health, subscription } = run;
  const isResting = endpoint.restMs !== null || endpoint.disabledReason !== null;
  // After its first failure a subscription continues in the retry queue.
  const hasFailed = health.failures > 0 && subscription.failures === 0;
  return !closing.aborted && !isResting && !hasFailed && !isLost && Date.now() < endsAt;
}

/** Saves the results and takes the due deliveries. If they are less than a batch, fans out new changes. */
async function refill(deps: DeliverDeps, run: Run): Promise<void> {
  const { subscription } = run;
  await writeDown(deps, run);
  await keepLease(deps, run);
  if (run.isLost) return;
  // In the database a delivery stays due until its result is saved.
  const taken = () => [...run.underWay.keys(), ...run.settled.map(({ sequence }) => sequence)];
  const find = () => findDue(deps.db, subscription, { limit: batch, inFlight: taken() });
  run.ready = await find();
  if (run.ready.length === batch) return;
  const made = await fanOut(deps.db, subscription);
  if (made.kind === "trimmed") run.endpoint = { ...run.endpoint, disabledReason: "feed-trimmed" };
  else if (made.read > 0) run.ready = await find();
}

function freeLanes({ outbound }: DeliverDeps, { health, underWay }: Run): number {
  const isDoubtful = health.failures >= outbound.policy.failuresUntilRest;
  return Math.max(0, (isDoubtful ? 1 : lanes) - underWay.size);
}

function startReady(deps: DeliverDeps, run: Run): void {
  const free = freeLanes(deps, run);
  for (const delivery of run.ready.slice(0, free)) {
    const { sequence } = delivery;
    const sending = send(deps, run, delivery).finally(() => run.underWay.delete(sequence));
    run.underWay.set(sequence, sending);
  }
  run.ready = run.ready.slice(free);
}

async function send(deps: DeliverDeps, run: Run, delivery: DueDelivery): Promise<void> {
  const { change, changeId } = delivery;
  const at = new Date();
  if (change === null) {
    note(run, delivery, { state: "failed" }, { at, status: null, error: "change-trimmed", ms: 0 });
    return;
  }
  const message = run.signer.sign({
    id: messageId(run.subscription.id, changeId),
    at,
    body: bodyOf(changeToWire(change)),
  });
  // A send that was cut off stays due, so it is repeated.
  const sent = await run.channel.send(message, deps.cut).catch(() => null);
  if (sent !== null) judge(deps, run, { delivery, sent, at });
}

interface Tried {
  readonly delivery: DueDelivery;
  readonly sent: Sent;
  readonly at: Date;
}

function judge({ outbound, metrics }: DeliverDeps, run: Run, { delivery, sent, at }: Tried): void {
  const { outcome, ms } = sent;
  const { attempts } = delivery;
  const attempt = { outcome, attempts, health: run.health, now: Date.now(), random: Math.random() };
  const next = afterAttempt(attempt, outbound.policy);
  const wasDoubtful = run.health.failures >= outbound.policy.failuresUntilRest;
  run.health = next.health;
  run.endpoint = {
    lastError: next.error,
    restMs: longer(run.endpoint.restMs, next.restMs),
    disabledReason: run.endpoint.disabledReason ?? next.disabled,
    isBack: run.endpoint.isBack || (wasDoubtful && next.error === null),
  };
  const status = outcome.kind === "answered" ? outcome.status : null;
  note(run, delivery, next.delivery, { at, status, error: next.error, ms });
  metrics.deliveries.inc({ outcome: next.error ?? "delivered" });
  if (outcome.kind === "answered") metrics.deliverySeconds.observe(ms / 1000);
}

function longer(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function note(
  run: Run,
  { sequence, edition }: DueDelivery,
  next: ReturnType<typeof afterAttempt>["delivery"],
  { at, ...rest }: Omit<Settlement["try"], "at"> & { readonly at: Date },
): void {
  const again = next.state === "pending" ? next : { dueInMs: null, isPutOff: false };
  const { dueInMs, isPutOff } = again;
  const tried = { at: at.toISOString(), ...rest };
  run.settled = [...run.settled, { sequence, edition, state: next.state, dueInMs, isPutOff, try: tried }];
}

async function writeDown({ db, log, metrics }: DeliverDeps, run: Run): Promise<void> {
  const { subscription, settled, endpoint, health } = run;
  if (settled.length === 0 && endpoint.disabledReason === null) return;
  run.settled = [];
  const failingSince = health.failingSince === null ? null : new Date(health.failingSince);
  const state = { ...endpoint, failures: health.failures, failingSince };
  const came = await settle(db, subscription, settled, state);
  run.endpoint = { ...run.endpoint, isBack: false };
  if (came !== "lost") metrics.givenUp.inc(settled.filter((each) => each.state === "failed").length);
  if (endpoint.disabledReason !== null && came === "written") {
    const entry = { subscriptionId: subscription.id, reason: endpoint.disabledReason };
    log.warn(entry, `Subscription ${subscription.id} is disabled: ${endpoint.disabledReason}`);
  }
}

async function keepLease({ db }: DeliverDeps, run: Run): Promise<void> {
  run.extendedAt = Date.now();
  if (!(await extendLease(db, run.subscription))) run.isLost = true;
}

/** Nothing is lost: the deliveries are sent once the key is right again. */
async function leaveUnreadable({ db, log }: DeliverDeps, subscription: LeasedSubscription): Promise<void> {
  const { id, failures, failingSince } = subscription;
  const endpoint = { ...untroubled, lastError: "secret-unreadable", restMs: unreadableRestMs };
  await settle(db, subscription, [], { ...endpoint, failures, failingSince });
  log.warn(
    { subscriptionId: id },
    `The secret of subscription ${id} cannot be read: is SIPBOOK_SECRET_KEY the same as before?`,
  );
}
