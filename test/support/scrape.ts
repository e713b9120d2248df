import type { FastifyInstance } from "fastify";

/** One page of /metrics, read as Prometheus reads it. */
export interface Scrape {
  readonly status: number;
  /** The names of all metrics, from their HELP lines, with their types. */
  readonly types: ReadonlyMap<string, string>;
  /** The value of each sample, by its name and labels as printed in the page. */
  readonly samples: ReadonlyMap<string, number>;
}

export async function scrape(app: FastifyInstance, key: string | null): Promise<Scrape> {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  const { statusCode, payload } = await app.inject({ url: "/metrics", headers });
  return { status: statusCode, ...readPage(statusCode === 200 ? payload : "") };
}

/** Throws if a line is not in Prometheus' text format 0.0.4. */
export function readPage(text: string): Pick<Scrape, "types" | "samples"> {
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) {
      types.set(typed, type);
      continue;
    }
    const [, series, value] =
      /^([a-z_:][a-z0-9_:]*(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})?) ([-+.\d]+(?:e[-+]?\d+)?|\+Inf|Nan)$/i.exec(
        line,
      ) ?? [];
    if (series === undefined || value === undefined)
      throw new Error(`Not a line that Prometheus reads: ${line}`);
    samples.set(series, Number(value.replace("+Inf", "Infinity")));
  }
  return { types, samples };
}
