// For openapi.yaml: how a PBX can authenticate a request without a sipbook key.

const inHeader = (name: string, description: string) =>
  ({ type: "apiKey", in: "header", name, description }) as const;

/** By the name of the security scheme. */
export const signatureSecurity = {
  hmacSha256: inHeader(
    "X-Signature",
    "`sha256=` and the HMAC-SHA256 of `X-Event-Id`, `X-Timestamp` and the body, joined by dots, in hex or base64",
  ),
  standardWebhooks: inHeader(
    "webhook-signature",
    "Standard Webhooks, with `webhook-id` and `webhook-timestamp`",
  ),
  jambonz: inHeader("Jambonz-Signature", "Sources of the dialect jambonz"),
  telnyx: inHeader("telnyx-signature-ed25519", "Sources of the dialect telnyx, with `telnyx-timestamp`"),
  twilio: inHeader("X-Twilio-Signature", "Sources of the dialects twilio and signalwire"),
  signalwire: inHeader("X-SignalWire-Signature", "Sources of the dialect signalwire"),
};
