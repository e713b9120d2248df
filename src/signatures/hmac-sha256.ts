import {
  bytesOfDigest,
  findTimeFault,
  headerOf,
  hmac,
  isEqual,
  type Scheme,
  wrongSignature,
} from "./scheme.ts";

/**
 * For scripts and PBXs that sign as they are configured to: `X-Signature: sha256=<HMAC-SHA256 of id.timestamp.body>`, in hex, base64 or base64url,
 * together with `X-Event-Id` and `X-Timestamp` (seconds since 1970). The secret is the key as it is written.
 */
export const hmacSha256: Scheme = {
  header: "x-signature",
  findFault(request, secrets, now) {
    const id = headerOf(request, "x-event-id");
    const timestamp = headerOf(request, "x-timestamp");
    const [, digest = ""] = /^sha256=(\S+)$/.exec(headerOf(request, "x-signature") ?? "") ?? [];
    const given = bytesOfDigest(digest, 32);
    if (given === null) return "X-Signature must be sha256= and a digest in hex or base64";
    if (id === null || !isUnmistakable(id)) return "X-Event-Id must be there once, with 1 to 512 characters";
    const fault = findTimeFault(timestamp, now);
    if (fault !== null) return fault;
    const isRight = secrets.some((secret) =>
      isEqual(hmac("sha256", secret, `${id}.${timestamp}.`, request.body), given),
    );
    return isRight ? null : wrongSignature;
  },
};

/** An id that contains a timestamp could be cut so that an old request gets a future time. */
const isUnmistakable = (id: string): boolean =>
  /^[\x21-\x7e]{1,512}$/.test(id) && !/\.\d{9,12}(?:\.|$)/.test(id);
