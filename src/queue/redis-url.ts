/** The servers that `REDIS_URL` names. */
export type RedisTarget =
  | { readonly kind: "server"; readonly url: string }
  /** Some nodes of one Redis Cluster; they know the others. */
  | { readonly kind: "cluster"; readonly urls: readonly string[] }
  | { readonly kind: "sentinel"; readonly sentinel: RedisSentinel };

/** The sentinels, which know the current server of the master. Credentials are null if none are set. */
export interface RedisSentinel {
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly master: string;
  readonly database: number;
  /** Credentials for the Redis servers. */
  readonly username: string | null;
  readonly password: string | null;
  /** Credentials for the sentinels. */
  readonly sentinelUsername: string | null;
  readonly sentinelPassword: string | null;
  /** Applies to the sentinels and to the servers. */
  readonly isTls: boolean;
}

const sentinelScheme = /^(rediss?)\+sentinel:\/\//;
const maxNodes = 50;

/**
 * Reads `redis://host:6379/0`; several of these, separated by commas, for a cluster; or
 * `redis+sentinel://user:password@host:26379,host2:26379/master/0` with `sentinelUsername` and `sentinelPassword` in
 * the query. `rediss` is the same over TLS. Null if the text is invalid.
 */
export function parseRedisUrl(text: string): RedisTarget | null {
  const [, scheme] = sentinelScheme.exec(text) ?? [];
  if (scheme !== undefined) return parseSentinelUrl(text, scheme === "rediss");
  const urls = text.split(",").map((part) => part.trim());
  if (urls.length > maxNodes || !urls.every(isServerUrl)) return null;
  const [url = "", ...others] = urls;
  return others.length === 0 ? { kind: "server", url } : { kind: "cluster", urls };
}

function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && ["redis:", "rediss:"].includes(url.protocol) && url.host !== "";
}

// A URL has only one host, so the list of hosts is cut out before the rest is parsed as a URL.
function parseSentinelUrl(text: string, isTls: boolean): RedisTarget | null {
  const [, credentials = "", hosts = "", rest = ""] =
    /^[^:]+:\/\/([^/?#]*@)?([^/?#@]+)(\/.*)$/.exec(text) ?? [];
  const url = URL.parse(`redis://${credentials}sentinels${rest}`);
  const [, master = "", database = "0"] =
    /^\/([\w.-]{1,100})(?:\/(\d{1,4}))?$/.exec(url?.pathname ?? "") ?? [];
  const sentinels = hosts.split(",").map((host) => parseHost(host.trim()));
  const isKnown = [...(url?.searchParams.keys() ?? [])].every((name) =>
    /^sentinel(Username|Password)$/.test(name),
  );
  if (url === null || master === "" || !isKnown || url.hash !== "" || sentinels.length > maxNodes)
    return null;
  const found = sentinels.filter((sentinel) => sentinel !== null);
  const credential = decode(url.username, url.password);
  if (found.length !== sentinels.length || credential === null) return null;
  const sentinel: RedisSentinel = {
    sentinels: found,
    master,
    database: Number(database),
    ...credential,
    sentinelUsername: url.searchParams.get("sentinelUsername"),
    sentinelPassword: url.searchParams.get("sentinelPassword"),
    isTls,
  };
  return { kind: "sentinel", sentinel };
}

function parseHost(text: string): { readonly host: string; readonly port: number } | null {
  const url = URL.parse(`redis://${text}`);
  if (url === null || url.hostname === "" || url.pathname !== "") return null;
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 26_379 : Number(url.port),
  };
}

function decode(
  username: string,
  password: string,
): { readonly username: string | null; readonly password: string | null } | null {
  try {
    return {
      username: username === "" ? null : decodeURIComponent(username),
      password: password === "" ? null : decodeURIComponent(password),
    };
  } catch {
    return null;
  }
}
