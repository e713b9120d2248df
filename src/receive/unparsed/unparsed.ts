import type { FastifyBaseLogger } from "fastify";
import type { Incoming } from "../../dialects/shared/dialect.ts";
import { storable } from "../../dialects/shared/values.ts";
import { isDatabaseAway } from "../../faults/database-away.ts";
import { describeFault } from "../../faults/fault.ts";
import type { Problem } from "../../http/problem.ts";
import type { Database } from "../../store/client.ts";
import { keepUnparsed } from "../../store/sources/unparsed.ts";
import type { FoundSource } from "../intake/reporting-source.ts";

/** Headers that tell how a request is to be read, and nothing that proves who sent it. */
const keptHeaders = ["content-type", "user-agent", "date"];

/**
 * Keeps a request that could not be understood, and gives the problem for its sender with a link to it. A request that
 * cannot be kept is answered as well; a database that is away is 503 as ever, and the PBX sends it again.
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
