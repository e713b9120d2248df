import { createHash } from "node:crypto";
import {
  bytesOfBase64,
  headerOf,
  hmac,
  isEqual,
  type Scheme,
  type SignedRequest,
  wrongSignature,
} from "./scheme.ts";

const maxFields = 2000;

/**
 * Twilio's way, which SignalWire shares: HMAC-SHA1 over the whole URL and the form's fields, sorted, each name before its
 * value. A body that is not a form is covered by its SHA-256 in the URL (`bodySHA256`). It has no timestamp.
 */
export const urlAndForm = (header: string): Scheme => ({
  header,
  findFault(request, secrets) {
    const given = bytesOfBase64(headerOf(request, header) ?? "");
    if (given === null) return `${header} must be there once, in base64`;
    const right = request.urls.flatMap((url) => {
      const covered = coveredBody(request, url);
      return covered === null ? [] : secrets.map((secret) => hmac("sha1", secret, url, covered));
    });
    return right.some((each) => isEqual(each, given)) ? null : `${wrongSignature}; it covers the URL as well`;
  },
});

/** The part of the body that is signed after the URL. Null if the body differs from the hash in the URL. */
function coveredBody({ body }: SignedRequest, url: string): string | null {
  const [, sha256] = /[?&]bodySHA256=([^&]*)/.exec(url) ?? [];
  if (sha256 === undefined) return joinFields(body);
  const digest = createHash("sha256").update(body).digest();
  return isEqual(digest, Buffer.from(sha256, "hex")) ? "" : null;
}

/** A value that is repeated under one name counts once. Null for a form with too many fields. */
function joinFields(body: Uint8Array): string | null {
  const text = Buffer.from(body).toString();
  if (text.split("&", maxFields + 1).length > maxFields) return null;
  const fields = Map.groupBy(new URLSearchParams(text), ([name]) => name);
  return [...fields.keys()]
    .toSorted()
    .flatMap((name) => {
      const values = new Set((fields.get(name) ?? []).map(([, value]) => value));
      return [...values].toSorted().map((value) => name + value);
    })
    .join("");
}
