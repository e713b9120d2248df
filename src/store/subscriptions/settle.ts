import type { Database } from "../client.ts";
import type { DeliveryState } from "../generated/enums.ts";
import type { LeasedSubscription } from "./lease.ts";

/** The result of one attempt. */
export interface Settlement {
  readonly sequence: number;
  readonly edition: string;
  readonly state: DeliveryState;
  /** Null: no retry. */
  readonly dueInMs: number | null;
  readonly isPutOff: boolean;
  readonly try: {
    readonly at: string;
    readonly status: number | null;
    readonly error: string | null;
    readonly ms: number;
  };
}

/** The state of the endpoint after the attempts so far. */
export interface EndpointState {
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly lastError: string | null;
  readonly restMs: number | null;
  readonly disabledReason: string | null;
  /** It answers again after a pause: all pending deliveries are due. */
  readonly isBack: boolean;
}

/** Most attempts stored per delivery. */
const maxTries = 12;

/**
 * Writes the results of attempts, and the endpoint's state. `lost`: another worker holds the lease, nothing is written.
 * `changed`: the subscription was edited, its endpoint state is left alone. A delivery that was replayed meanwhile stays
 * pending.
 */
export async function settle(
  db: Database,
  { id, lease, version }: LeasedSubscription,
  settlements: readonly Settlement[],
  endpoint: EndpointState,
): Promise<"written" | "changed" | "lost"> {
  const { failures, failingSince, lastError, restMs, disabledReason, isBack } = endpoint;
  const rows = JSON.stringify(settlements.map(({ try: tried, ...row }) => ({ ...row, tried: [tried] })));
  return db.$transaction(async (tx) => {
    const held = await tx.$queryRaw<{ version: number }[]>`
      select version from subscriptions where id = ${id}::uuid and lease = ${lease}::uuid for update`;
    if (held[0] === undefined) return "lost";
    await tx.$executeRaw`
      update deliveries d set state = r.state::delivery_state,
        attempts = d.attempts + case when r."isPutOff" then 0 else 1 end,
        put_off = d.put_off + case when r."isPutOff" then 1 else 0 end,
        due_at = coalesce(clock_timestamp() + make_interval(secs => r."dueInMs" / 1000.0), d.due_at),
        settled_at = case when r.state <> 'pending' then clock_timestamp() end,
        tries = case when jsonb_array_length(d.tries) >= ${maxTries} then d.tries - 0 else d.tries end || r.tried
      from jsonb_to_recordset(${rows}::jsonb) as r(sequence bigint, edition uuid, state text, "dueInMs" float8,
        "isPutOff" boolean, tried jsonb)
      where d.subscription_id = ${id}::uuid and d.sequence = r.sequence and d.edition = r.edition
        and d.state = 'pending'`;
    if (held[0].version !== version) return "changed";
    await tx.$executeRaw`
      update subscriptions set failures = ${failures}, failing_since = ${failingSince},
        last_error = ${lastError},
        resume_at = clock_timestamp() + make_interval(secs => ${restMs}::float8 / 1000),
        state = case when ${disabledReason}::text is null then state else 'disabled' end,
        disabled_reason = ${disabledReason},
        disabled_at = case when ${disabledReason}::text is not null then clock_timestamp() end
      where id = ${id}::uuid and state = 'active'`;
    if (isBack) {
      await tx.$executeRaw`
        update deliveries set due_at = clock_timestamp()
        where subscription_id = ${id}::uuid and state = 'pending' and due_at > clock_timestamp()`;
    }
    return "written";
  });
}
