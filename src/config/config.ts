import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { StartError } from "../faults/start-error.ts";
import { isName } from "../json/parts.ts";
import { parseRedisUrl, type RedisTarget } from "../queue/redis-url.ts";
import { type IpRange, parseRange } from "../sip/ip.ts";

/**
 * The checked environment of one process. Only this file reads variables; empty ones count as unset. Of the OTEL_*
 * variables it reads only those that switch traces on; OpenTelemetry's SDK reads the rest.
 */
export interface Config {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Port where a worker answers probes. null: it does not listen. */
  readonly workerPort: number | null;
  /** The URL under which PBXs reach us, without a slash at the end. Signatures cover it. */
  readonly publicUrl: string | null;
  /** For Fastify: the number of proxies in front, or their addresses and ranges. */
  readonly trustProxy: number | readonly string[] | false;
  /** null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  /** null: the queue runs on PostgreSQL. */
  readonly redis: RedisTarget | null;
  /** Absolute. */
  readonly dataDir: string;
  readonly adminKey: string | null;
  readonly secretKey: string | null;
  /** Where SIP mirrored as HEP is received. null: nowhere. */
  readonly hep: HepSettings | null;
  /** Addresses and ranges that webhooks may go to besides the public ones. */
  readonly webhookAllowPrivate: readonly IpRange[];
  readonly logLevel: LogLevel;
  /** null: no traces. `serviceName` is null if an OTEL_* variable names the service. */
  readonly tracing: { readonly serviceName: string | null } | null;
}

export interface HepSettings {
  readonly host: string;
  /** 0 takes any free port. UDP and TCP. */
  readonly port: number;
  /** Addresses and ranges of the capture agents. */
  readonly peers: readonly IpRange[];
  /** The authenticate key that agents must send; null: any. */
  readonly key: string | null;
  /** Names of the book and of the source for the outcomes of calls. */
  readonly book: string;
  readonly source: string;
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
type LogLevel = (typeof logLevels)[number];

/** An invalid variable. The message is one line with its name and what it must be, never its value. */
export class ConfigError extends StartError {
  override readonly name = "ConfigError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

type ReadVariable = (name: string) => string | null;

/** Configuration of a command that talks to a running sipbook. `key` null: use the admin key in `dataDir`. */
export function readClientConfig(
  env: Environment,
  readFile: (path: string) => string = readText,
): { readonly key: string | null; readonly dataDir: string } {
  const text: ReadVariable = (name) => env[name]?.trim() || null;
  return { key: readSecret(text, "SIPBOOK_KEY", readFile), dataDir: resolve(text("DATA_DIR") ?? "data") };
}

export function readConfig(env: Environment, readFile: (path: string) => string = readText): Config {
  const text: ReadVariable = (name) => env[name]?.trim() || null;
  const secret: ReadVariable = (name) => readSecret(text, name, readFile);
  return {
    host: text("HOST") ?? "127.0.0.1",
    port: parse(text, "PORT", parsePort, "a port number from 0 to 65535") ?? 8080,
    workerPort: parse(text, "WORKER_PORT", parsePort, "a port number from 0 to 65535"),
    publicUrl: parse(text, "PUBLIC_URL", parsePublicUrl, "an http or https URL without a query"),
    trustProxy:
      parse(
        text,
        "TRUST_PROXY",
        parseProxies,
        "a number of proxies (1 to 10), or their addresses and ranges",
      ) ?? false,
    databaseUrl: parse(secret, "DATABASE_URL", parseDatabaseUrl, "a postgresql:// URL"),
    redis: parse(
      secret,
      "REDIS_URL",
      parseRedisUrl,
      "a redis:// or rediss:// URL, several of them separated by commas, or redis+sentinel://host,host/master",
    ),
    dataDir: resolve(text("DATA_DIR") ?? "data"),
    adminKey: parse(secret, "SIPBOOK_ADMIN_KEY", atLeast(24), "at least 24 characters"),
    secretKey: parse(secret, "SIPBOOK_SECRET_KEY", atLeast(16), "at least 16 characters"),
    hep: readHep(text, secret),
    webhookAllowPrivate:
      parse(text, "WEBHOOK_ALLOW_PRIVATE", parseRanges, "addresses and ranges such as 127.0.0.0/8, ::1") ??
      [],
    logLevel: parse(text, "LOG_LEVEL", parseLogLevel, `one of ${logLevels.join(", ")}`) ?? "info",
    tracing: readTracing(text),
  };
}

/** For a process that always receives HEP: on the usual port if HEP_PORT is not set. */
export const withHep = (env: Environment): Environment => ({
  ...env,
  HEP_PORT: env["HEP_PORT"]?.trim() || "9060",
});

/** Every sender that reaches the port is trusted, so agents on other machines must be named. */
function readHep(text: ReadVariable, secret: ReadVariable): HepSettings | null {
  const port = parse(text, "HEP_PORT", parsePort, "a port number from 0 to 65535");
  const host =
    parse(text, "HEP_HOST", (value) => (isIP(value) === 0 ? null : value), "an IP address") ?? "127.0.0.1";
  const peers = parse(text, "HEP_PEERS", parseRanges, "addresses and ranges such as 10.1.2.3, 10.2.0.0/16");
  const isNear = host === "::1" || host.startsWith("127.");
  if (port !== null && peers === null && !isNear) {
    throw new ConfigError(
      "HEP_HOST must be a loopback address, or HEP_PEERS must name the addresses of the capture agents",
    );
  }
  if (port === null) return null;
  return {
    host,
    port,
    peers: peers ?? parseRanges("127.0.0.0/8,::1") ?? [],
    key: secret("HEP_KEY"),
    book: parse(text, "HEP_BOOK", parseName, "the name of a book") ?? "default",
    source: parse(text, "HEP_SOURCE", parseName, "the name of a source") ?? "hep",
  };
}

const parseName = (value: string): string | null => (isName(value) ? value : null);

/** Traces are on if an exporter or a collector is named and no variable switches them off. */
function readTracing(text: ReadVariable): Config["tracing"] {
  const exporter = text("OTEL_TRACES_EXPORTER");
  const collector = text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ?? text("OTEL_EXPORTER_OTLP_ENDPOINT");
  if (exporter === "none" || (exporter === null && collector === null)) return null;
  if (text("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return null;
  const isNamed =
    text("OTEL_SERVICE_NAME") !== null ||
    /(^|,) *service\.name *=/.test(text("OTEL_RESOURCE_ATTRIBUTES") ?? "");
  return { serviceName: isNamed ? null : "sipbook" };
}

const readText = (path: string): string => readFileSync(path, "utf8");

/** A secret is in its variable, or in the file that `NAME_FILE` names, as is usual for containers. */
function readSecret(text: ReadVariable, name: string, readFile: (path: string) => string): string | null {
  const value = text(name);
  const path = text(`${name}_FILE`);
  if (path === null) return value;
  if (value !== null) throw new ConfigError(`${name} and ${name}_FILE are both set: set only one of them`);
  const content = readGiven(path, `${name}_FILE`, readFile).trim();
  if (content === "") throw new ConfigError(`${name}_FILE names an empty file`);
  return content;
}

// The message leaves out the path: somebody may have put the secret itself there.
function readGiven(path: string, name: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigError(`${name} names a file that cannot be read (${code})`);
  }
}

function parse<T>(
  text: ReadVariable,
  name: string,
  read: (value: string) => T | null,
  expected: string,
): T | null {
  const value = text(name);
  if (value === null) return null;
  const parsed = read(value);
  if (parsed === null) throw new ConfigError(`${name} must be ${expected}`);
  return parsed;
}

function parsePort(value: string): number | null {
  const port = Number(value);
  return /^\d{1,5}$/.test(value) && port <= 65_535 ? port : null;
}

function parsePublicUrl(value: string): string | null {
  const url = URL.parse(value);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return null;
  if (url.search !== "" || url.hash !== "" || url.username !== "") return null;
  return url.href.replace(/\/+$/, "");
}

// "true" is refused on purpose: every caller could then choose the address that we log and check signatures with.
function parseProxies(value: string): number | readonly string[] | null {
  if (/^([1-9]|10)$/.test(value)) return Number(value);
  const proxies = value.split(",").map((part) => part.trim());
  return proxies.every(isProxy) ? proxies : null;
}

function isProxy(text: string): boolean {
  return ["loopback", "linklocal", "uniquelocal"].includes(text) || parseRange(text) !== null;
}

function parseRanges(value: string): readonly IpRange[] | null {
  const ranges = value.split(",").map((part) => parseRange(part.trim()));
  return ranges.every((range) => range !== null) ? ranges : null;
}

// The host may be empty, as in postgresql://user@/book?host=/run/postgresql, which `URL` does not parse.
function parseDatabaseUrl(value: string): string | null {
  return /^postgres(ql)?:\/\//.test(value) && URL.canParse(value.replace("@/", "@localhost/")) ? value : null;
}

function atLeast(characters: number): (value: string) => string | null {
  return (value) => (value.length >= characters ? value : null);
}

function parseLogLevel(value: string): LogLevel | null {
  return logLevels.find((level) => level === value) ?? null;
}
