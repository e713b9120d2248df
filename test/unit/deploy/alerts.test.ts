import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Static, Type } from "typebox";
import { Parse } from "typebox/value";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { buildMetrics } from "../../../src/telemetry/metrics.ts";
import { readPage } from "../../support/scrape.ts";

const folder = join(import.meta.dirname, "../../../deploy");
const Text = Type.String({ minLength: 1 });

const Rules = Type.Object({
  groups: Type.Array(
    Type.Object({
      name: Text,
      rules: Type.Array(
        Type.Object({
          alert: Type.String({ pattern: "^Sipbook[A-Za-z]+$" }),
          expr: Text,
          for: Type.Optional(Type.String({ pattern: "^\\d+[smhd]$" })),
          labels: Type.Object({ severity: Type.Union([Type.Literal("warning"), Type.Literal("critical")]) }),
          annotations: Type.Object({ summary: Text }),
        }),
      ),
    }),
  ),
});
const Target = Type.Object({ refId: Text, expr: Text });
const Panel = Type.Object({
  id: Type.Integer(),
  title: Text,
  gridPos: Type.Object({ x: Type.Integer(), y: Type.Integer(), w: Type.Integer(), h: Type.Integer() }),
  targets: Type.Array(Target, { minItems: 1 }),
});
const Dashboard = Type.Object({
  uid: Text,
  templating: Type.Object({ list: Type.Array(Type.Object({ name: Text })) }),
  panels: Type.Array(Panel),
});

const readText = (name: string) => readFileSync(join(folder, name), "utf8");
const rules = Parse(Rules, parse(readText("prometheus/rules.yaml"))).groups.flatMap((group) => group.rules);
const dashboard = Parse(Dashboard, JSON.parse(readText("grafana/sipbook.json")));

const { registry } = buildMetrics();
const { types } = readPage(await registry.metrics());
const labels = new Map(registry.getMetricsAsArray().map((metric) => [metric.name, labelsOf(metric)]));
// Prometheus adds these labels to each series when it scrapes.
const added = ["instance", "job"];

function labelsOf(metric: object): readonly string[] {
  const names: unknown = "labelNames" in metric ? metric.labelNames : [];
  return Array.isArray(names) ? names.map(String) : [];
}

/** The metric that a series belongs to; null if no metrics page has it. */
function metricOf(name: string): string | null {
  if (types.has(name)) return types.get(name) === "histogram" ? null : name;
  const histogram = name.replace(/_(bucket|sum|count)$/, "");
  return histogram !== name && types.get(histogram) === "histogram" ? histogram : null;
}

const functions =
  /^(sum|min|max|avg|topk|rate|increase|absent|histogram_quantile|vector|by|unless|or|and|offset|d|h|m|s)$/;

/** Each selector of an expression: the name of the series and the labels that it uses. */
function selectorsOf(expr: string): readonly { readonly name: string; readonly asked: readonly string[] }[] {
  return [...expr.matchAll(/\b([a-z_]+(?:_[a-z0-9]+)*)\b(?:\{([^}]*)\})?/g)].flatMap(
    ([, name = "", matchers]) => {
      if (functions.test(name) || !name.includes("_") || name === "histogram_quantile") return [];
      const asked = [...(matchers ?? "").matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)"/g)].map(
        ([, label = ""]) => label,
      );
      return [{ name, asked }];
    },
  );
}

const expressions: [string, string][] = [
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [title, expr]),
  ),
];

test.for(expressions)("%s uses only metrics and labels that sipbook exports", ([, expr]) => {
  const selectors = selectorsOf(expr.replaceAll("$__rate_interval", "5m"));
  expect(selectors).not.toEqual([]);
  for (const { name, asked } of selectors) {
    const metric = metricOf(name);
    expect([name, metric]).not.toEqual([name, null]);
    const known = [...(labels.get(metric ?? "") ?? []), ...added];
    expect(asked.filter((label) => !known.includes(label))).toEqual([]);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/));
    expect(grouped.filter((label) => !["le", ...known].includes(label))).toEqual([]);
  }
});

test.for(expressions)("%s is well formed", ([, expr]) => {
  const bare = expr.replaceAll(/"[^"]*"/g, '""');
  const open: string[] = [];
  const closing: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const sign of bare.replaceAll(/[^()[\]{}]/g, "")) {
    if (closing[sign] === undefined) open.push(sign);
    else expect(open.pop()).toBe(closing[sign]);
  }
  expect(open).toEqual([]);
  // Rates are taken of counters only, and counters are read only as rates.
  for (const { name } of selectorsOf(bare)) {
    const isCounter = name.endsWith("_total") || /_(bucket|sum|count)$/.test(name);
    const isRated = new RegExp(`(rate|increase)\\(${name}(\\{[^}]*\\})?\\[`).test(bare);
    expect([name, isRated]).toEqual([name, isCounter]);
  }
});

test("every alert has a unique name and is explained in the docs", () => {
  const page = readFileSync(join(folder, "../docs/observability.md"), "utf8");
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { alert } of rules) expect(page).toContain(`\`${alert}\``);
});

test("every metric is explained in the docs", () => {
  const page = readFileSync(join(folder, "../docs/observability.md"), "utf8");
  const ours = [...types.keys()].filter((name) => name.startsWith("sipbook_"));
  expect(ours.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

type Place = Static<typeof Panel>["gridPos"];

const overlaps = (a: Place, b: Place): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

test("no panel of the dashboard overlaps another", () => {
  const places = dashboard.panels.map(({ gridPos }) => gridPos);
  for (const [i, place] of places.entries())
    expect(places.slice(i + 1).filter((other) => overlaps(place, other))).toEqual([]);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "job", "book"]);
});
