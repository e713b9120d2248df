import { headerOf, hmac, isEqual, type Scheme, wrongSignature } from "./scheme.ts";

const lengths = { sha1: 40, sha256: 64 } as const;

/** SignalWire's own way: HMAC over the whole URL and the body as it came, in hex. It has no timestamp. */
export const urlAndBody = (header: string, algorithm: keyof typeof lengths): Scheme => ({
  header,
  findFault(request, secrets) {
    const given = headerOf(request, header) ?? "";
    if (given.length !== lengths[algorithm] || !/^[\da-f]+$/i.test(given))
      return `${header} must be there once, with ${lengths[algorithm]} digits in hex`;
    const digest = Buffer.from(given, "hex");
    const isRight = secrets.some((secret) =>
      request.urls.some((url) => isEqual(hmac(algorithm, secret, url, request.body), digest)),
    );
    return isRight ? null : `${wrongSignature}; it covers the URL as well`;
  },
});
