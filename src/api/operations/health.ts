import { type Static, Type } from "typebox";
import { failures, json } from "../../http/answers.ts";
import type { Routes } from "../../http/keyed-route.ts";
import type { Queue } from "../../queue/queue.ts";
import type { Database } from "../../store/client.ts";
import { pendingMigrations } from "../../store/migrate/pending.ts";
import { Readiness } from "../../wire/service/operations.ts";
import { ref } from "../../wire/shapes.ts";

const patienceMs = 3_000;

export const healthRoutes: Routes<{ readonly queue: Queue }> = async (app, { db, queue }) => {
  app.get(
    "/healthz",
    {
      schema: {
        operationId: "getHealth",
        summary: "Whether the process is alive",
        tags: ["operations"],
        security: [],
        response: {
          200: json("The process is alive", Type.Object({ ok: Type.Literal(true, { type: "boolean" }) })),
          ...failures,
        },
      },
    },
    async () => ({ ok: true as const }),
  );

  app.get(
    "/readyz",
    {
      schema: {
        operationId: "getReadiness",
        summary: "Whether all dependencies of the service are available",
        description: "While only the queue is unavailable, events are still accepted.",
        tags: ["operations"],
        security: [],
        response: {
          200: json("All dependencies are available", ref("Readiness")),
          503: json("A dependency is unavailable; see its `reason`", ref("Readiness")),
          ...failures,
        },
      },
    },
    async (_request, reply) => {
      const [postgres, waiting, migrations] = await Promise.all([
        check("PostgreSQL does not answer", async () => void (await db.$queryRaw`select 1`)),
        check("The queue does not answer", () => queue.ping()),
        check("The state of the migrations cannot be read", () => checkMigrations(db)),
      ]);
      const checks = { postgres, queue: waiting, migrations };
      const ok = postgres.ok && waiting.ok && migrations.ok;
      return reply.code(ok ? 200 : 503).send({ ok, checks });
    },
  );
};

type DependencyCheck = Static<typeof Readiness>["checks"]["queue"];

/** The message may be shown to the operator. */
class NotReady extends Error {}

async function checkMigrations(db: Database): Promise<void> {
  const pending = await pendingMigrations(db);
  if (pending.length > 0) throw new NotReady(`Not applied: ${pending.join(", ")}`);
}

/** An error may contain host and user names, so the response has only `reason`. */
async function check(reason: string, run: () => Promise<void>): Promise<DependencyCheck> {
  const timeout = AbortSignal.timeout(patienceMs);
  try {
    await Promise.race([run(), aborted(timeout)]);
    return { ok: true, reason: null };
  } catch (error) {
    return { ok: false, reason: error instanceof NotReady ? error.message : reason };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("timeout")), { once: true });
  });
}
