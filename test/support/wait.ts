import { vi } from "vitest";

/** Waits until `check` no longer throws. The limit is for faults on a busy machine: no test measures time by it. */
export function waitFor<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 60_000, interval: 50 });
}
