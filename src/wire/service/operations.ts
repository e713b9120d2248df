import { Type } from "typebox";
import { Nullable } from "../../json/parts.ts";

const JobCounts = Type.Object({
  waiting: Type.Integer(),
  active: Type.Integer(),
  delayed: Type.Integer(),
  failed: Type.Integer(),
});

export const Backlog = Type.Object(
  {
    pendingEvents: Type.Integer(),
    oldestPendingSeconds: Type.Number(),
    queues: Type.Object({
      events: Nullable(JobCounts),
      imports: Nullable(JobCounts),
      webhooks: Nullable(JobCounts),
      webhookRetries: Nullable(JobCounts),
    }),
  },
  {
    description:
      "The backlog. `pendingEvents` is counted up to 100,000. A queue that does not answer is null.",
    examples: [
      {
        pendingEvents: 12,
        oldestPendingSeconds: 0.4,
        queues: {
          events: { waiting: 1, active: 1, delayed: 0, failed: 0 },
          imports: { waiting: 0, active: 0, delayed: 0, failed: 0 },
          webhooks: { waiting: 0, active: 0, delayed: 0, failed: 0 },
          webhookRetries: { waiting: 0, active: 0, delayed: 1, failed: 0 },
        },
      },
    ],
  },
);

const Check = Type.Object({ ok: Type.Boolean(), reason: Nullable(Type.String()) });

export const Readiness = Type.Object(
  { ok: Type.Boolean(), checks: Type.Object({ postgres: Check, queue: Check, migrations: Check }) },
  {
    description: "The state of each dependency of the service.",
    examples: [
      {
        ok: false,
        checks: {
          postgres: { ok: true, reason: null },
          queue: { ok: false, reason: "The queue does not answer" },
          migrations: { ok: true, reason: null },
        },
      },
    ],
  },
);
