import { findTimeFault, headerOf, hmac, isEqual, type Scheme, wrongSignature } from "./scheme.ts";

/** jambonz does not sign a retry again, so its signatures stay valid for longer. */
const jambonzWindowSeconds = 900;

/** `Jambonz-Signature: t=<seconds>,v1=<HMAC-SHA256 of t.body in hex>`, with a v1 for each secret of the account. */
export const jambonzSignature: Scheme = {
  header: "jambonz-signature",
  findFault(request, secrets, now) {
    const header = headerOf(request, "jambonz-signature") ?? "";
    const [, timestamp = null, rest = ""] =
      /^t=(\d{1,12})((?:, ?v\d=[\da-f]{1,128}){1,10})$/i.exec(header) ?? [];
    if (timestamp === null) return "Jambonz-Signature must be there once, as t=...,v1=...";
    const fault = findTimeFault(timestamp, now, jambonzWindowSeconds);
    if (fault !== null) return fault;
    const given = [...rest.matchAll(/v1=([\da-f]{64})(?![\da-f])/gi)].map(([, hex = ""]) =>
      Buffer.from(hex, "hex"),
    );
    const isRight = secrets.some((secret) => {
      const right = hmac("sha256", secret, `${timestamp}.`, request.body);
      return given.some((digest) => isEqual(digest, right));
    });
    return isRight ? null : wrongSignature;
  },
};
