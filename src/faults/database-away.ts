const codes = new Set([
  // Sockets. ENOENT may be a unix socket or any other file: see `messages` below.
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  // Prisma: unreachable, timed out, closed, no connection free in time.
  "P1001",
  "P1002",
  "P1008",
  "P1017",
  "P2024",
  // PostgreSQL: too many connections.
  "53300",
  // A conflict with another transaction: lock timeout, deadlock, serialization; then Prisma's code for it.
  "55P03",
  "40P01",
  "40001",
  "P2034",
]);
// PostgreSQL: class 08 is a broken connection, 57P01 to 57P03 a server that stops, crashed or starts.
const codeClasses = /^(08...|57P0[123])$/;
const adapterKinds = new Set([
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
  "TooManyConnections",
]);
// Errors of pg and Prisma that have no code.
const messages =
  /connect ENOENT|timeout exceeded when trying to connect|Connection terminated|Query read timeout|not queryable|Unable to start a transaction in the given time/;

/**
 * Whether a database call failed because PostgreSQL could not be reached or did not answer: nothing is wrong with
 * the request, and the same call may succeed later. Whether a write was committed is then unknown.
 */
export function isDatabaseAway(error: unknown): boolean {
  return layersOf(error).some(
    ({ code, originalCode, kind, message }) =>
      [code, originalCode].some(
        (value) => typeof value === "string" && (codes.has(value) || codeClasses.test(value)),
      ) ||
      (typeof kind === "string" && adapterKinds.has(kind)) ||
      (typeof message === "string" && messages.test(message)),
  );
}

type Layer = Readonly<Record<string, unknown>>;

// An error of pg arrives bare, or inside Prisma's as meta.driverAdapterError.cause, depending on the call.
function layersOf(error: unknown): readonly Layer[] {
  const layers: Layer[] = [];
  let next: unknown = error;
  while (isLayer(next) && layers.length < 8) {
    layers.push(next);
    const meta = next["meta"];
    next = isLayer(meta) && "driverAdapterError" in meta ? meta["driverAdapterError"] : next["cause"];
  }
  return layers;
}

function isLayer(value: unknown): value is Layer {
  return typeof value === "object" && value !== null;
}
