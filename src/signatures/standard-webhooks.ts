import {
  bytesOfBase64,
  findTimeFault,
  headerOf,
  hmac,
  isEqual,
  type Scheme,
  wrongSignature,
} from "./scheme.ts";

const maxSignatures = 10;

/** Standard Webhooks 1.0 (standardwebhooks.com): `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,...`. */
export const standardWebhooks: Scheme = {
  header: "webhook-signature",
  findFault(request, secrets, now) {
    const id = headerOf(request, "webhook-id");
    const timestamp = headerOf(request, "webhook-timestamp");
    const given = (headerOf(request, "webhook-signature") ?? "").split(" ", maxSignatures + 1);
    if (given.length > maxSignatures || !given.every((each) => /^v\d+\w*,[\w+/=-]+$/.test(each)))
      return `webhook-signature must be at most ${maxSignatures} signatures with spaces between them`;
    if (id === null || id === "" || id.includes(".")) return "webhook-id must be there once, without a dot";
    const fault = findTimeFault(timestamp, now);
    if (fault !== null) return fault;
    const digests = given.flatMap((each) => (each.startsWith("v1,") ? [bytesOfBase64(each.slice(3))] : []));
    const isRight = secrets.some((secret) => {
      const right = keysOf(secret).map((key) => hmac("sha256", key, `${id}.${timestamp}.`, request.body));
      return digests.some((digest) => digest !== null && right.some((each) => isEqual(digest, each)));
    });
    return isRight ? null : wrongSignature;
  },
};

/** How a sender may read a secret: as the key in base64, with or without `whsec_`, or as the key itself. */
function keysOf(secret: string): readonly (string | Uint8Array)[] {
  const bytes = bytesOfBase64(secret.replace(/^whsec_/, ""));
  return bytes === null ? [secret] : [bytes, secret];
}
