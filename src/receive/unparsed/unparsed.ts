import type { FastifyBaseLogger } from "fastify";
import type { Incoming } from "../../dialects/shared/dialect.ts";
import { storable } from "../../dialects/shared/values.ts";
import { isDatabaseAway } from "../../faults/database-away.ts";
import { describeFault } from "../../faults/fault.ts";
import type { Problem } from "../../http/problem.ts";
import type { Database } from "../../store/client.ts";
import { keepUnparsed } from "../../store/sources/unparsed.ts";
import type { FoundSource } from "../intake/reporting-source.ts";

/** Headers that are needed to read a request again. None of them is a credential. */
const keptHeaders = ["content-type", "user-agent", "date"];

/**
 * Keeps a request that could not be understood, and returns the problem for its sender with a link to it. If the request
 * cannot be kept, the sender still gets the problem. While the database is away the answer is 503, and the PBX retries.
 */
export async function keepAside(
  { db, log }: { readonly db: Database; readonly log: FastifyBaseLogger },
  source: FoundSource,
  incoming: Omit<Incoming, "mapping">,
  problem: Problem,
): Promise<Problem> {
  try {
    const id = await keepUnparsed(db, source.id, toRequest(incoming), problem.toBody());
    return problem.withLinks({ unparsed: `/v1/sources/${source.name}/unparsed/${id}` });
  } catch (error) {
    if (isDatabaseAway(error)) throw error;
    log.error({ fault: describeFault(error) }, "What could not be understood could not be kept either");
    return problem;
  }
}

function toRequest({ contentType, headers, query, body }: Omit<Incoming, "mapping">) {
  const kept = keptHeaders.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === "string" ? [[name, storable(value)]] : [];
  });
  const texts = Object.entries(query).map(([name, value]) => [storable(name), storable(value)]);
  return {
    contentType: storable(contentType),
    headers: Object.fromEntries(kept),
    query: Object.fromEntries(texts),
    body,
  };
}
