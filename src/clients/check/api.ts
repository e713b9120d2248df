import type { Outgoing } from "../../dialects/shared/dialect.ts";
import { openRest, type Rest, reach, readJson } from "../rest.ts";

/** A running sipbook, also as a PBX reaches it. */
export interface Api extends Rest {
  /** What a PBX sends; whatever it is answered. */
  send(path: string, outgoing: Outgoing, wait: boolean): Promise<{ status: number; body: unknown }>;
  as(key: string): Api;
}

/** Calls the service at `origin`. Every call ends at once when the signal comes. */
export function openApi(origin: string, key: string, signal: AbortSignal): Api {
  return {
    ...openRest(origin, key, signal),
    send: async (path, { contentType, body, query = {} }, wait) => {
      const url = new URL(origin + path);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const prefer: Record<string, string> = wait ? { prefer: "wait=10" } : {};
      const headers = { authorization: `Bearer ${key}`, "content-type": contentType, ...prefer };
      const response = await reach(url, { method: "POST", body, headers, signal });
      return { status: response.status, body: await readJson(response) };
    },
    as: (other) => openApi(origin, other, signal),
  };
}
