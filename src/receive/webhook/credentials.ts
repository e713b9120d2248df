import type { FastifyRequest, onRequestAsyncHookHandler, preHandlerAsyncHookHandler } from "fastify";
import { Type } from "typebox";
import { Check } from "typebox/value";
import { dialectOf, signatureHeaders } from "../../dialects/dialects.ts";
import { authenticate, type Caller, loginOf, unauthenticated } from "../../http/auth.ts";
import { Problem } from "../../http/problem.ts";
import { Name } from "../../json/parts.ts";
import type { Scheme } from "../../signatures/scheme.ts";
import { signedUrls } from "../../signatures/urls.ts";
import type { Database } from "../../store/client.ts";
import { findSecretsOfSource, type SecretsOfSource } from "../../store/sources/secrets.ts";
import type { Vault } from "../../vault/vault.ts";
import { type FoundSource, findReportingSource, type Reporter } from "../intake/reporting-source.ts";

export interface ReporterDeps {
  readonly db: Database;
  /** Null without SIPBOOK_SECRET_KEY. */
  readonly vault: Vault | null;
  /** The URL under which senders reach sipbook. Null: the one in the request. */
  readonly publicUrl: string | null;
}

/** Credentials from the headers: a key, a signature, or both. The signature is checked once the body is read. */
interface Claim {
  readonly caller: Caller | null;
  readonly signed: { readonly secrets: SecretsOfSource; readonly schemes: readonly Scheme[] } | null;
}

/** The reporter of a request, and the source that it reports for. */
export interface Reporting {
  readonly reporter: Reporter;
  readonly source: FoundSource;
}

const claims = new WeakMap<FastifyRequest, Claim>();
const reportings = new WeakMap<FastifyRequest, Reporting>();

/**
 * For a route's onRequest. Refuses a request before its body is read if it has neither a key nor a signature that one of
 * the source's secrets could have made. Throws unauthenticated and forbidden.
 */
export function admitReporter({ db }: ReporterDeps): onRequestAsyncHookHandler {
  return async (request) => {
    const isSigned = signatureHeaders.some((name) => request.headers[name] !== undefined);
    const isKeyed = request.headers.authorization !== undefined || !isSigned;
    const caller = isKeyed ? await authenticate(db, "ingest", request) : null;
    const signed = isSigned ? await findSigned(db, caller, request) : null;
    if (caller === null && signed === null) throw unauthenticated(howToReport);
    claims.set(request, { caller, signed });
  };
}

const howToReport =
  "Send a key, or sign with a secret of the source. This source does not exist, or it has no secret for this kind of signature";

/** For a route's preHandler. Throws unauthenticated, and the problems of `findReportingSource`. */
export function checkReporter({ db, vault, publicUrl }: ReporterDeps): preHandlerAsyncHookHandler {
  const logged = new Set<string>();
  return async (request) => {
    const { caller, signed } = claimOf(request);
    if (signed !== null) checkSignature(request, signed);
    const reporter = caller ?? reporterOf(signed?.secrets);
    const source = await findReportingSource(db, reporter, namesIn(request).source, "/source");
    if (source instanceof Problem) throw source;
    reportings.set(request, { reporter, source });
  };

  function checkSignature(request: FastifyRequest, { secrets, schemes }: NonNullable<Claim["signed"]>): void {
    const signed = {
      headers: request.headers,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      urls: signedUrls(
        publicUrl ?? `${request.protocol}://${request.host}`,
        request.originalUrl,
        // A sender sends the name and password in its URL as Basic credentials.
        loginOf(request.headers.authorization),
      ),
    };
    const texts = secrets.secrets.flatMap(({ id, sealed }) => {
      const text = vault?.open(sealed, id) ?? null;
      if (text === null) logUnreadable(request, secrets.sourceId, id);
      return text === null ? [] : [text];
    });
    const now = new Date();
    const faults = schemes.map((scheme) => scheme.findFault(signed, texts, now));
    const [first] = faults;
    // A sender may sign one request in several ways, so one right signature is enough.
    if (typeof first === "string" && !faults.includes(null)) throw unauthenticated(first);
  }

  /** Logs each secret once, so that a stranger cannot fill the log. */
  function logUnreadable({ log }: FastifyRequest, sourceId: string, secretId: string): void {
    if (logged.has(secretId) || logged.size >= 1000) return;
    logged.add(secretId);
    log.error(
      { sourceId, secretId },
      `Secret ${secretId} of source ${sourceId} cannot be read: it was kept under another SIPBOOK_SECRET_KEY. ` +
        "Set that key again, or the secret anew by POST /v1/sources/{name}/secrets",
    );
  }
}

/** For a route that has both hooks. */
export function reportingOf(request: FastifyRequest): Reporting {
  const reporting = reportings.get(request);
  if (reporting === undefined) throw new TypeError(`${request.routeOptions.url} has no checkReporter`);
  return reporting;
}

function claimOf(request: FastifyRequest): Claim {
  const claim = claims.get(request);
  if (claim === undefined) throw new TypeError(`${request.routeOptions.url} has no admitReporter`);
  return claim;
}

/** One lookup. Null if the source has no secret, or the request has no signature of a kind that the dialect uses. */
async function findSigned(
  db: Database,
  caller: Caller | null,
  request: FastifyRequest,
): Promise<Claim["signed"]> {
  const { book, source } = namesIn(request);
  const secrets = await findSecretsOfSource(db, caller?.book.name ?? book, source);
  if (secrets === null) return null;
  const present = dialectOf(secrets).signing.schemes.filter(
    ({ header }) => request.headers[header] !== undefined,
  );
  return present.length === 0 ? null : { secrets, schemes: present };
}

function reporterOf(secrets: SecretsOfSource | undefined): Reporter {
  if (secrets === undefined) throw new TypeError("A request has neither a key nor a signature");
  return { book: secrets.book, key: { sourceId: secrets.sourceId } };
}

const Names = Type.Object({ source: Name });
const Book = Type.Object({ book: Name });

/** The names in the path and the query. An invalid name becomes "", which no book and no source has. */
function namesIn({ params, query }: FastifyRequest): { readonly book: string; readonly source: string } {
  const isNamed = Check(Type.Object({ book: Type.Unknown() }), query);
  const book = Check(Book, query) ? query.book : isNamed ? "" : "default";
  return { book, source: Check(Names, params) ? params.source : "" };
}
