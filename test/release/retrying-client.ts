import { setTimeout as sleep } from "node:timers/promises";

/** A client of a fleet, as a PBX is one: it goes on to the next process, and round again, until one of them answers. */
export interface RetryingClient {
  readonly send: <T>(method: string, path: string, body?: unknown) => Promise<T>;
}

const patienceMs = 30_000;

export function openRetryingClient(origins: readonly string[], key: string): RetryingClient {
  const retries: Record<string, number> = {};
  let turn = 0;

  async function trySend(method: string, path: string, body: unknown): Promise<Response | string> {
    const origin = origins[turn % origins.length] ?? "";
    try {
      const answer = await fetch(`${origin}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        signal: AbortSignal.timeout(10_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.status === 503) return "503";
      // An answer counts when it is here as a whole.
      return new Response(await answer.text(), { status: answer.status });
    } catch (error) {
      const { cause } = error instanceof Error ? error : {};
      return cause instanceof Error && "code" in cause ? String(cause.code) : String(error);
    }
  }

  async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
    for (const until = Date.now() + patienceMs; Date.now() < until; ) {
      const answer = await trySend(method, path, body);
      if (typeof answer !== "string") {
        if (answer.status >= 300)
          throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        // The caller names the shape; the integration tests check them all.
        return (await answer.json()) as T;
      }
      retries[answer] = (retries[answer] ?? 0) + 1;
      turn += 1;
      await sleep(50);
    }
    throw new Error(`${method} ${path} was never answered: ${JSON.stringify(retries)}`);
  }

  return { send };
}
