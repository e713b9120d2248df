import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import * as apps from "kubernetes-models/apps/v1";
import * as autoscaling from "kubernetes-models/autoscaling/v2";
import * as batch from "kubernetes-models/batch/v1";
import * as policy from "kubernetes-models/policy/v1";
import * as core from "kubernetes-models/v1";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { readConfig } from "../../../src/config/config.ts";
import { knownVariables } from "../../support/processes/variables.ts";

const folder = resolve(import.meta.dirname, "../../../deploy/kubernetes");
const kustomization = parse(readFileSync(join(folder, "kustomization.yaml"), "utf8"));
const files = readdirSync(folder).filter((file) => file !== "kustomization.yaml");
const manifests = files.flatMap((file) =>
  // As Kubernetes reads it, where 0440 is octal.
  parseAllDocuments(readFileSync(join(folder, file), "utf8"), { version: "1.1" }).map((each) => each.toJS()),
);
const find = (kind: string, name: string) =>
  manifests.find((each) => each.kind === kind && each.metadata.name === name);

const deployment = (role: string) => new apps.Deployment(find("Deployment", `sipbook-${role}`));
const podOf = (role: string) =>
  (role === "migrate" ? new batch.Job(find("Job", "sipbook-migrate")) : deployment(role)).spec?.template;
const containerOf = (role: string) => podOf(role)?.spec?.containers[0];

const exampleOfSecret = "secret.example.yaml";

test("kustomization.yaml lists every file once, except the example secret", () => {
  const others = files.filter((file) => file !== exampleOfSecret);
  expect(kustomization.resources.toSorted()).toEqual(others.toSorted());
});

test("the published example secret is never applied, and sipbook does not start with it", () => {
  const secrets = manifests.filter(({ kind }) => kind === "Secret");
  expect(secrets).toEqual([parse(readFileSync(join(folder, exampleOfSecret), "utf8"))]);
  const { "admin-key": admin, "secret-key": secret } = secrets[0].stringData;
  expect(() => readConfig({ SIPBOOK_ADMIN_KEY: admin })).toThrow("SIPBOOK_ADMIN_KEY");
  expect(() => readConfig({ SIPBOOK_SECRET_KEY: secret })).toThrow("SIPBOOK_SECRET_KEY");
});

type Models = Readonly<Record<string, new (manifest: never) => { validate(): void }>>;
const groups: Readonly<Record<string, Models>> = {
  v1: { ...core },
  "apps/v1": { ...apps },
  "batch/v1": { ...batch },
  "policy/v1": { ...policy },
  "autoscaling/v2": { ...autoscaling },
};

test.for(manifests)(
  "$kind $metadata.name is valid by the schema of Kubernetes",
  ({ apiVersion, kind, ...rest }) => {
    const Model = groups[apiVersion]?.[kind];
    if (Model === undefined) throw new Error(`There is no ${apiVersion} ${kind}`);
    const manifest = { apiVersion, kind, ...rest };
    expect(() => new Model(manifest as never).validate()).not.toThrow();
  },
);

// The schemas allow unknown fields, so a misspelt setting would have no effect.
test("no manifest has a field that Kubernetes does not know", () => {
  const folders = ["v1", "apps/v1", "batch/v1", "policy/v1", "autoscaling/v2"];
  const known = new Set(
    [...folders, "../@kubernetes-models/apimachinery/apis/meta/v1"].flatMap(fieldsOfModels),
  );
  const fields = fieldsOf(manifests);
  expect(fields.length).toBeGreaterThan(200);
  expect([...new Set(fields)].filter((field) => !known.has(field))).toEqual([]);
});

function fieldsOfModels(path: string): readonly string[] {
  const root = join(dirname(createRequire(import.meta.url).resolve("kubernetes-models/package.json")), path);
  return readdirSync(root)
    .filter((file) => file.endsWith(".d.ts"))
    .flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/^ {4}"?(\w+)"?\??:/gm)])
    .map(([, field = ""]) => field);
}

// Maps with free keys.
const freeMaps = new Set(["labels", "matchLabels", "data", "stringData", "requests", "limits"]);

function fieldsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([key]) => !key.includes("/"))
    .flatMap(([key, each]) => [key, ...(freeMaps.has(key) ? [] : fieldsOf(each))]);
}

test.for(["migrate", "api", "worker"])("%s runs with the fewest privileges on its node", (role) => {
  expect(podOf(role)?.spec).toMatchObject({
    serviceAccountName: "sipbook",
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  });
  expect(containerOf(role)).toMatchObject({
    args: [role],
    image: kustomization.images[0].name,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    resources: { requests: expect.anything(), limits: expect.anything() },
  });
});

test.for(["migrate", "api", "worker"])("%s gets only variables that config.ts knows", (role) => {
  const { env = [], envFrom = [] } = containerOf(role) ?? {};
  const maps = envFrom.map(
    ({ configMapRef }) => new core.ConfigMap(find("ConfigMap", configMapRef?.name ?? "")),
  );
  const names = [...env.map(({ name }) => name), ...maps.flatMap(({ data }) => Object.keys(data ?? {}))];
  expect(names.filter((name) => !knownVariables().has(name))).toEqual([]);
  expect(maps).toHaveLength(role === "migrate" ? 0 : 1);
});

test.for(["migrate", "api", "worker"])("%s gets its secrets as files that exist", (role) => {
  const { env = [], volumeMounts = [] } = containerOf(role) ?? {};
  const volume = podOf(role)?.spec?.volumes?.find(({ name }) => name === volumeMounts[0]?.name);
  expect(volume?.secret?.defaultMode).toBe(0o440);
  const secret = new core.Secret(find("Secret", volume?.secret?.secretName ?? ""));
  const names = Object.keys(secret.stringData ?? {});
  const kept = new Set<string | undefined>(names.map((name) => `${volumeMounts[0]?.mountPath}/${name}`));
  expect(env.length).toBeGreaterThan(0);
  expect(env.map(({ value }) => value).filter((file) => !kept.has(file))).toEqual([]);
});

test.for(["api", "worker"])("%s is replaced without downtime", (role) => {
  const { strategy, selector, template } = deployment(role).spec ?? {};
  expect(strategy?.rollingUpdate).toEqual({ maxUnavailable: 0, maxSurge: 1 });
  expect(selector?.matchLabels).toEqual(template?.metadata?.labels);
  const budget = new policy.PodDisruptionBudget(find("PodDisruptionBudget", `sipbook-${role}`));
  expect(budget.spec).toEqual({ maxUnavailable: 1, selector });
  const container = containerOf(role);
  expect(container).toMatchObject({
    startupProbe: { httpGet: { path: "/healthz", port: "http" } },
    livenessProbe: { httpGet: { path: "/healthz", port: "http" } },
    readinessProbe: { httpGet: { path: role === "api" ? "/healthz" : "/readyz", port: "http" } },
    ports: [{ name: "http", containerPort: 8080 }],
  });
  const waitSeconds = Number(container?.lifecycle?.preStop?.exec?.command?.[1] ?? 0);
  // The process itself allows 10 seconds.
  expect(template?.spec?.terminationGracePeriodSeconds).toBeGreaterThan(waitSeconds + 10);
});

test("the service sends requests to the API's pods", () => {
  const { selector, ports } = new core.Service(find("Service", "sipbook")).spec ?? {};
  expect(selector).toEqual(podOf("api")?.metadata?.labels);
  expect(ports).toEqual([{ name: "http", port: 80, targetPort: containerOf("api")?.ports?.[0]?.name }]);
});

test("only the autoscaler sets the number of workers, from the number of pending events", () => {
  const scaler = new autoscaling.HorizontalPodAutoscaler(find("HorizontalPodAutoscaler", "sipbook-worker"));
  const { apiVersion, kind, metadata, spec } = deployment("worker");
  expect(scaler.spec?.scaleTargetRef).toEqual({ apiVersion, kind, name: metadata?.name });
  expect(spec?.replicas).toBeUndefined();
  expect(scaler.spec?.metrics?.[0]?.external?.metric.name).toBe("sipbook_events_pending");
  expect(scaler.spec?.minReplicas).toBeGreaterThan(1);
});
