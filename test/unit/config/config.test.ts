import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { type Config, ConfigError, type Environment, readConfig } from "../../../src/config/config.ts";
import { parseRedisUrl } from "../../../src/queue/redis-url.ts";
import type { IpRange } from "../../../src/sip/ip.ts";

const loopback: readonly IpRange[] = [
  { start: { version: 4, parts: [127, 0, 0, 0] }, prefix: 8 },
  { start: { version: 6, parts: [0, 0, 0, 0, 0, 0, 0, 1] }, prefix: 128 },
];

const defaults: Config = {
  host: "127.0.0.1",
  port: 8080,
  workerPort: null,
  publicUrl: null,
  trustProxy: false,
  databaseUrl: null,
  redis: null,
  dataDir: resolve("data"),
  adminKey: null,
  secretKey: null,
  hep: null,
  webhookAllowPrivate: [],
  logLevel: "info",
  tracing: null,
};

test("an empty environment gives a complete configuration", () => {
  expect(readConfig({})).toEqual(defaults);
});

test("an empty variable counts as unset, because compose files write unset variables so", () => {
  expect(readConfig({ PORT: "", DATABASE_URL: " ", LOG_LEVEL: "" })).toEqual(defaults);
});

// when …, with these variables, the configuration differs from the defaults by …
const accepted: [string, Environment, Partial<Config>][] = [
  ["the port may be any free port", { PORT: "0" }, { port: 0 }],
  ["the worker has a port for probes", { WORKER_PORT: "8081" }, { workerPort: 8081 }],
  [
    "HEP packets come from this machine",
    { HEP_PORT: "9060" },
    {
      hep: {
        host: "127.0.0.1",
        port: 9060,
        peers: loopback,
        key: null,
        book: "default",
        source: "hep",
      },
    },
  ],
  [
    "HEP packets come from another machine",
    {
      HEP_PORT: "0",
      HEP_HOST: "10.0.0.9",
      HEP_PEERS: "10.0.0.0/24,::1",
      HEP_KEY: "k",
      HEP_BOOK: "b",
      HEP_SOURCE: "s",
    },
    {
      hep: {
        host: "10.0.0.9",
        port: 0,
        peers: [{ start: { version: 4, parts: [10, 0, 0, 0] }, prefix: 24 }, ...loopback.slice(1)],
        key: "k",
        book: "b",
        source: "s",
      },
    },
  ],
  ["HEP has a host but no port", { HEP_HOST: "10.0.0.9" }, {}],
  [
    "the public URL ends in a slash",
    { PUBLIC_URL: "https://a.example/pbx/" },
    { publicUrl: "https://a.example/pbx" },
  ],
  ["one proxy is trusted", { TRUST_PROXY: "1" }, { trustProxy: 1 }],
  [
    "trusted proxies are listed",
    { TRUST_PROXY: "loopback, 10.0.0.0/8,::1" },
    { trustProxy: ["loopback", "10.0.0.0/8", "::1"] },
  ],
  [
    "PostgreSQL is reached over TCP",
    { DATABASE_URL: "postgres://u:p@db/book" },
    { databaseUrl: "postgres://u:p@db/book" },
  ],
  [
    "PostgreSQL is reached over a socket",
    { DATABASE_URL: "postgresql://u@/book?host=/run/postgresql" },
    { databaseUrl: "postgresql://u@/book?host=/run/postgresql" },
  ],
  [
    "Redis uses TLS",
    { REDIS_URL: "rediss://:p@r.example:6380/2" },
    { redis: parseRedisUrl("rediss://:p@r.example:6380/2") },
  ],
  [
    "Redis is a cluster",
    { REDIS_URL: "redis://a:1,redis://b:2" },
    { redis: parseRedisUrl("redis://a:1,redis://b:2") },
  ],
  [
    "Redis is found through sentinels",
    { REDIS_URL: "redis+sentinel://:p@s1,s2:26380/main" },
    { redis: parseRedisUrl("redis+sentinel://:p@s1,s2:26380/main") },
  ],
  ["the folder is relative", { DATA_DIR: "book" }, { dataDir: resolve("book") }],
  ["the admin key is long enough", { SIPBOOK_ADMIN_KEY: "k".repeat(24) }, { adminKey: "k".repeat(24) }],
  ["there is a secret key", { SIPBOOK_SECRET_KEY: "s".repeat(32) }, { secretKey: "s".repeat(32) }],
  [
    "webhooks may go to private addresses",
    { WEBHOOK_ALLOW_PRIVATE: "127.0.0.0/8, ::1" },
    { webhookAllowPrivate: loopback },
  ],
  [
    "traces go to a collector",
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c:4318" },
    { tracing: { serviceName: "sipbook" } },
  ],
  [
    "traces are printed on the console, and the service has a name",
    { OTEL_TRACES_EXPORTER: "console", OTEL_SERVICE_NAME: "book" },
    { tracing: { serviceName: null } },
  ],
  [
    "the resource attributes name the service",
    { OTEL_TRACES_EXPORTER: "otlp", OTEL_RESOURCE_ATTRIBUTES: "a=b,service.name=book" },
    { tracing: { serviceName: null } },
  ],
  ["the service has a name but no trace exporter", { OTEL_SERVICE_NAME: "book" }, {}],
  [
    "there is a collector, but traces are off",
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_TRACES_EXPORTER: "none" },
    {},
  ],
  ["OpenTelemetry is off", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c", OTEL_SDK_DISABLED: "true" }, {}],
  ["the log is quiet", { LOG_LEVEL: "warn" }, { logLevel: "warn" }],
];

test.for(accepted)("when %s", ([, env, expected]) => {
  expect(readConfig(env)).toEqual({ ...defaults, ...expected });
});

const refused: Environment[] = [
  { PORT: "http" },
  { PORT: "65536" },
  { PORT: "1e3" },
  { WORKER_PORT: "-1" },
  { PUBLIC_URL: "sipbook.example" },
  { PUBLIC_URL: "ftp://a.example" },
  { PUBLIC_URL: "https://a.example/?x=1" },
  { TRUST_PROXY: "true" },
  { TRUST_PROXY: "0" },
  { TRUST_PROXY: "10.0.0.0/33" },
  { TRUST_PROXY: "proxy.example" },
  { DATABASE_URL: "mysql://u:hunter2@db/book" },
  { DATABASE_URL: "postgres://u:hunter2@[db/book" },
  { REDIS_URL: "127.0.0.1:6379" },
  { REDIS_URL: "redis://a,http://b" },
  { REDIS_URL: "redis+sentinel://:hunter2@s1" },
  { SIPBOOK_ADMIN_KEY: "hunter2" },
  { SIPBOOK_SECRET_KEY: "hunter2" },
  { WEBHOOK_ALLOW_PRIVATE: "loopback" },
  { WEBHOOK_ALLOW_PRIVATE: "10.0.0.0/33" },
  { WEBHOOK_ALLOW_PRIVATE: "10.0.0.1,hunter2" },
  { LOG_LEVEL: "loud" },
  { HEP_PORT: "many" },
  { HEP_HOST: "localhost", HEP_PORT: "9060" },
  { HEP_HOST: "0.0.0.0", HEP_PORT: "9060" },
  { HEP_PEERS: "10.0.0.0/33", HEP_PORT: "9060" },
  { HEP_BOOK: "A b", HEP_PORT: "9060" },
  { HEP_SOURCE: "-", HEP_PORT: "9060" },
];

describe("an invalid value stops the start with one line that names the variable but not its value", () => {
  test.for(refused)("%o", (env) => {
    const [name = ""] = Object.keys(env);
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(new RegExp(`^${name} must be [^\\n]+$`));
    expect(() => readConfig(env)).not.toThrow(/hunter2/);
  });
});

const files: Readonly<Record<string, string>> = {
  "/run/secrets/url": "postgres://u:p@db/book\n",
  "/run/secrets/redis": "redis://:p@redis\n",
  "/run/secrets/key": `  ${"k".repeat(32)}\r\n`,
  "/run/secrets/empty": "\n",
};

function readFake(path: string): string {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error(`ENOENT, open ${path}`), { code: "ENOENT" });
  return content;
}

describe("a secret can be read from the file that NAME_FILE names", () => {
  test("every secret is read, without surrounding white space", () => {
    const env = {
      DATABASE_URL_FILE: "/run/secrets/url",
      REDIS_URL_FILE: "/run/secrets/redis",
      SIPBOOK_ADMIN_KEY_FILE: "/run/secrets/key",
      SIPBOOK_SECRET_KEY_FILE: "/run/secrets/key",
    };
    expect(readConfig(env, readFake)).toEqual({
      ...defaults,
      databaseUrl: "postgres://u:p@db/book",
      redis: { kind: "server", url: "redis://:p@redis" },
      adminKey: "k".repeat(32),
      secretKey: "k".repeat(32),
    });
  });

  // when …, the start ends with this line
  const faulty: [string, Environment, string][] = [
    [
      "the variable is set as well",
      { DATABASE_URL: "postgres://u:p@db/book", DATABASE_URL_FILE: "/run/secrets/url" },
      "DATABASE_URL and DATABASE_URL_FILE are both set: set only one of them",
    ],
    [
      "there is no such file",
      { SIPBOOK_ADMIN_KEY_FILE: "hunter2" },
      "SIPBOOK_ADMIN_KEY_FILE names a file that cannot be read (ENOENT)",
    ],
    [
      "the file is empty, because a variable that is set never counts as unset",
      { DATABASE_URL_FILE: "/run/secrets/empty" },
      "DATABASE_URL_FILE names an empty file",
    ],
    [
      "the content of the file is invalid",
      { REDIS_URL_FILE: "/run/secrets/url" },
      "REDIS_URL must be a redis:// or rediss:// URL, several of them separated by commas, or redis+sentinel://host,host/master",
    ],
  ];

  test.for(faulty)("when %s, the start fails with one line that says so", ([, env, line]) => {
    expect(() => readConfig(env, readFake)).toThrow(new ConfigError(line));
  });

  test("only secrets are read from files", () => {
    expect(readConfig({ PORT_FILE: "/run/secrets/url" }, readFake)).toEqual(defaults);
  });
});
