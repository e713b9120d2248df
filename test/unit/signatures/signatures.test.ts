import { generateKeyPairSync, sign } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { ed25519 } from "../../../src/signatures/ed25519.ts";
import { hmacSha256 } from "../../../src/signatures/hmac-sha256.ts";
import { jambonzSignature } from "../../../src/signatures/jambonz.ts";
import { bytesOfDigest, hmac, type Scheme, type SignedRequest } from "../../../src/signatures/scheme.ts";
import { standardWebhooks } from "../../../src/signatures/standard-webhooks.ts";
import { urlAndBody } from "../../../src/signatures/url-and-body.ts";
import { urlAndForm } from "../../../src/signatures/url-and-form.ts";
import { jambonzHook, telnyxData, telnyxPayload, twilioForm } from "../../support/pbx/hooks.ts";

// For each scheme, a request signed at 2026-11-22 13:01:32 by the vendor's own code or formula.
const signedAt = 1_795_352_492;
const key = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
const json = Buffer.from('{"requestUri":"sip:jörg@pbx.example","status":410}');
const telnyx = {
  data: { ...telnyxData, payload: telnyxPayload },
  meta: { attempt: 1, delivered_to: "https://hooks.example.com/v1/telnyx" },
};

interface Vector {
  readonly name: string;
  readonly scheme: Scheme;
  readonly secret: string;
  readonly request: SignedRequest;
  /** How long the signature is accepted; null for ever. */
  readonly window: number | null;
}

const request = (
  body: string | Uint8Array,
  headers: SignedRequest["headers"],
  urls: readonly string[] = [],
) => ({
  body: Buffer.from(body),
  headers,
  urls,
});

const generic = (digest: string): Vector => ({
  name: `HMAC-SHA256, ${digest.length} characters`,
  scheme: hmacSha256,
  secret: "a shared secret of ours",
  request: request(json, {
    "x-event-id": "1-29334@127.0.0.1",
    "x-timestamp": `${signedAt}`,
    "x-signature": `sha256=${digest}`,
  }),
  window: 300,
});

const signalwire = (name: string, header: string, hash: "sha1" | "sha256", digest: string): Vector => ({
  name: `SignalWire, by ${name}`,
  scheme: urlAndBody(header, hash),
  secret: "PSKtest1234567890abcdef",
  request: request(
    '{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}',
    { [header]: digest },
    ["https://example.ngrok.io/webhook"],
  ),
  window: null,
});

const vectors: readonly Vector[] = [
  // openssl dgst -sha256 -hmac "a shared secret of ours"
  generic("997dbb781b00aeea7241ffc10e5f404552c9ecd7c19522aec9a053cb6348c112"),
  generic("mX27eBsArupyQf/BDl9ARVLJ7NfBlSKuyaBTy2NIwRI="),
  generic("mX27eBsArupyQf_BDl9ARVLJ7NfBlSKuyaBTy2NIwRI"),
  {
    name: "Standard Webhooks",
    scheme: standardWebhooks,
    secret: key,
    request: request(json, {
      "webhook-id": "msg_1",
      "webhook-timestamp": `${signedAt}`,
      "webhook-signature": new Webhook(key).sign("msg_1", new Date(signedAt * 1000), json.toString()),
    }),
    window: 300,
  },
  {
    name: "Twilio",
    scheme: urlAndForm("x-twilio-signature"),
    secret: "12345678901234567890123456789012",
    request: request(twilioForm, { "x-twilio-signature": "og9s2sVok9a0aWJfhICP0dHNUwk=" }, [
      "https://hooks.example.com/v1/twilio?tenant=1",
    ]),
    window: null,
  },
  signalwire("SHA-1", "x-signalwire-signature", "sha1", "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"),
  // openssl dgst -sha256 -hmac PSKtest1234567890abcdef
  signalwire(
    "SHA-256",
    "x-signalwire-sha256-signature",
    "sha256",
    "2a29f8a92b11df39da80c3b185fd62173d49c294184da585ff951eae4433571c",
  ),
  {
    name: "Telnyx",
    scheme: ed25519,
    secret: "bDgaWH5ZAp6g5khKbpyE82thpl4+YeGIVxH2TF+BhLM=",
    request: request(`${JSON.stringify(telnyx, null, 2)}\n`, {
      "telnyx-timestamp": `${signedAt}`,
      "telnyx-signature-ed25519":
        "ubbzUa4OZ/Eq1xOK90iDlDCxwU5JlTMX1375Dm5YIhwHH21M5Gf5gbLKs99VqZVK3sUgzu1E1yZWuefXfgIFDg==",
    }),
    window: 300,
  },
  {
    name: "jambonz",
    scheme: jambonzSignature,
    secret: "whsec_jambonz_example",
    request: request(JSON.stringify(jambonzHook), {
      "jambonz-signature": `t=${signedAt},v1=02b0daadc7974675c976ab02339d0ba0312aa5e170af91bca6c8de82a12c755c`,
    }),
    window: 900,
  },
];

/** Twilio signs the decoded values of a form, and %3a decodes like %3A. */
const fieldsOf = (form: Uint8Array) => new URLSearchParams(Buffer.from(form).toString()).toString();

const at = (seconds: number) => new Date((signedAt + seconds) * 1000);
const faultOf = ({ scheme, secret }: Vector, signed: SignedRequest, now = at(0), secrets = [secret]) =>
  scheme.findFault(signed, secrets, now);

describe.for(vectors)("$name", (vector) => {
  const { request: signed, secret, window } = vector;
  const names = Object.keys(signed.headers);
  const withHeader = (name: string, value: string | readonly string[] | undefined) => ({
    ...signed,
    headers: { ...signed.headers, [name]: value },
  });

  test("is accepted with any of the secrets", () => {
    expect(faultOf(vector, signed)).toBeNull();
    expect(faultOf(vector, signed, at(0), ["another secret of ours", secret])).toBeNull();
  });

  test("is refused with another secret, with an invalid secret, or without a secret", () => {
    for (const secrets of [["another secret of ours"], [""], ["whsec_"], ["whsec_!"], [secret.slice(1)], []])
      expect(faultOf(vector, signed, at(0), secrets)).toMatch(/not by a secret of the source/);
  });

  test("is refused if any bit of the body differs", () => {
    for (let bit = 0; bit < signed.body.length * 8; bit += 1) {
      const body = Buffer.from(signed.body);
      body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const isSame = vector.name === "Twilio" && fieldsOf(body) === fieldsOf(signed.body);
      expect.soft(faultOf(vector, { ...signed, body }) === null, `bit ${bit}`).toBe(isSame);
    }
    for (const body of [Buffer.alloc(0), Buffer.concat([signed.body, signed.body]), signed.body.subarray(1)])
      expect(faultOf(vector, { ...signed, body })).not.toBeNull();
  });

  test("is refused if a header differs in any character, is missing or is doubled", () => {
    for (const name of names) {
      const value = String(signed.headers[name]);
      const broken = [
        undefined,
        "",
        " ",
        `${value}, ${value}`,
        `${value} x`,
        `${value}\n`,
        "x".repeat(100_000),
        value.slice(1),
      ];
      for (const each of [...broken, [value, value]])
        expect
          .soft(faultOf(vector, withHeader(name, each)), `${name}: ${String(each).slice(0, 50)}`)
          .not.toBeNull();
      for (let i = 0; i < value.length; i += 1) {
        const other = String.fromCharCode(value.charCodeAt(i) ^ 1);
        const changed = value.slice(0, i) + other + value.slice(i + 1);
        expect.soft(faultOf(vector, withHeader(name, changed)), `${name}: ${changed}`).not.toBeNull();
      }
    }
  });

  test("is accepted only for its time", () => {
    const [latest, ever] = [window ?? 0, window === null];
    for (const seconds of [-latest, latest]) expect(faultOf(vector, signed, at(seconds))).toBeNull();
    for (const seconds of [-latest - 1, latest + 1]) {
      const fault = faultOf(vector, signed, at(seconds));
      if (ever) expect(fault).toBeNull();
      else expect(fault).toBe(`The time of the signature is more than ${latest} s away`);
    }
  });
});

describe("HMAC-SHA256", () => {
  test("refuses an id that could be split into an id and a later time", () => {
    const [body, secret] = ["x", "a shared secret of ours"];
    const id = `call.${signedAt + 10_000}`;
    const digest = hmac("sha256", secret, `${id}.${signedAt}.${body}`).toString("hex");
    const headers = (eventId: string, timestamp: number) => ({
      "x-event-id": eventId,
      "x-timestamp": `${timestamp}`,
      "x-signature": `sha256=${digest}`,
    });
    expect(hmacSha256.findFault(request(body, headers(id, signedAt)), [secret], at(0))).toMatch(
      /^X-Event-Id/,
    );
  });

  test.for(["sha1=", "SHA256=", ""])("refuses a digest after %j", (prefix) => {
    const [vector] = vectors;
    if (vector === undefined) throw new Error("There is no vector");
    const signature = String(vector.request.headers["x-signature"]).replace("sha256=", prefix);
    const headers = { ...vector.request.headers, "x-signature": signature };
    expect(hmacSha256.findFault({ ...vector.request, headers }, [vector.secret], at(0))).toMatch(
      /^X-Signature/,
    );
  });
});

const signatureBy = (secret: string) => new Webhook(secret).sign("msg_1", at(0), "{}");
const standard = (signature: string) =>
  request("{}", {
    "webhook-id": "msg_1",
    "webhook-timestamp": `${signedAt}`,
    "webhook-signature": signature,
  });

// a digest of one byte written as … is read as …
const written: [string, number | null][] = [
  ["ff", 255],
  ["FF", 255],
  ["/w==", 255],
  ["/w=", 255],
  ["/w", 255],
  ["_w", 255],
  ["/x", null],
  ["_x==", null],
  ["/w===", null],
  ["/ w", null],
  ["", null],
];
test.for(written)("%j is read as the byte %s", ([text, byte]) => {
  expect(bytesOfDigest(text, 1)?.[0] ?? null).toBe(byte);
});

describe("Standard Webhooks", () => {
  const other = `whsec_${Buffer.alloc(32).toString("base64")}`;
  // … is …
  const headers: [string, string, boolean][] = [
    ["one of several signatures", `v1a,xyz ${signatureBy(other)} ${signatureBy(key)}`, true],
    ["only signatures by other keys", `${signatureBy(other)} v1a,xyz`, false],
    ["a correct digest of another version", signatureBy(key).replace("v1,", "v2,"), false],
    ["eleven signatures", Array.from({ length: 11 }, () => signatureBy(key)).join(" "), false],
    ["a secret without its prefix", signatureBy(key).slice(3), false],
  ];
  test("accepts a base64 secret without the prefix whsec_", () => {
    const bare = key.slice("whsec_".length);
    for (const secret of [key, bare])
      expect(standardWebhooks.findFault(standard(signatureBy(bare)), [secret], at(0))).toBeNull();
  });

  test.for(headers)("%s", ([, signature, isRight]) => {
    expect(standardWebhooks.findFault(standard(signature), [key], at(0)) === null).toBe(isRight);
  });
});

describe("jambonz", () => {
  const digest = (secret: string) => hmac("sha256", secret, `${signedAt}.`, "{}").toString("hex");

  // … is …
  const headers: [string, string, boolean][] = [
    [
      "two digests while the secret is replaced",
      `t=${signedAt},v1=${digest("old")},v1=${digest("new")}`,
      true,
    ],
    ["a space after the comma", `t=${signedAt}, v1=${digest("new")}`, true],
    ["a digest in capitals", `t=${signedAt},v1=${digest("new").toUpperCase()}`, true],
    ["a digest of a later version next to it", `t=${signedAt},v2=abcd,v1=${digest("new")}`, true],
    ["a digest with extra characters", `t=${signedAt},v1=${digest("new")}00`, false],
    ["a digest of another version", `t=${signedAt},v0=${digest("new")}`, false],
    ["two times", `t=${signedAt},t=${signedAt},v1=${digest("new")}`, false],
    ["no time", `v1=${digest("new")}`, false],
    ["eleven digests", `t=${signedAt}${`,v1=${digest("new")}`.repeat(11)}`, false],
  ];
  test.for(headers)("%s", ([, header, isRight]) => {
    const signed = request("{}", { "jambonz-signature": header });
    expect(jambonzSignature.findFault(signed, ["new"], at(0)) === null).toBe(isRight);
  });
});

test("Telnyx refuses a key of another type and a signature by another key", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(12).toString("base64");
  const signed = request("{}", {
    "telnyx-timestamp": `${signedAt}`,
    "telnyx-signature-ed25519": sign(null, Buffer.from(`${signedAt}|{}`), privateKey).toString("base64"),
  });
  expect(ed25519.findFault(signed, [raw], at(0))).toBeNull();
  const der = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const pem = `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----\n`;
  for (const secret of [pem, raw.slice(4), "A".repeat(44)])
    expect(ed25519.findFault(signed, [secret], at(0))).not.toBeNull();
});

describe("Twilio", () => {
  const url = "https://hooks.example.com/v1/webhooks/twilio";
  const scheme = urlAndForm("x-twilio-signature");
  const signed = (body: string, covered: string, urls: readonly string[] = [url]) =>
    request(body, { "x-twilio-signature": hmac("sha1", "token", covered).toString("base64") }, urls);

  // a form … is signed as …
  const forms: [string, string, string][] = [
    ["that is empty", "", ""],
    ["out of order", "b=2&a=1&B=3", "B3a1b2"],
    ["with a name twice", "a=2&a=1&b=3", "a1a2b3"],
    ["with the same pair twice", "a=1&a=1", "a1"],
    ["with an empty value", "a=&b=1", "ab1"],
    ["with letters beyond ASCII", "a=J%C3%B6rg+%2B1", "aJörg +1"],
  ];
  test.for(forms)("signs a form %s", ([, body, covered]) => {
    expect(scheme.findFault(signed(body, url + covered), ["token"], at(0))).toBeNull();
  });

  test("may sign any of the URLs under which it knows the endpoint", () => {
    const urls = [url, "https://hooks.example.com:443/v1/webhooks/twilio"];
    expect(scheme.findFault(signed("a=1", `${urls[1]}a1`, urls), ["token"], at(0))).toBeNull();
    expect(scheme.findFault(signed("a=1", "https://evil.example/a1", urls), ["token"], at(0))).not.toBeNull();
  });

  test("covers a JSON body by its digest in the URL", () => {
    const digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; // of {}
    const withDigest = `${url}?bodySHA256=${digest}`;
    expect(scheme.findFault(signed("{}", withDigest, [withDigest]), ["token"], at(0))).toBeNull();
    for (const body of ["{} ", "", "a=1"])
      expect(scheme.findFault(signed(body, withDigest, [withDigest]), ["token"], at(0))).not.toBeNull();
    const rubbish = `${url}?bodySHA256=xyz`;
    expect(scheme.findFault(signed("{}", rubbish, [rubbish]), ["token"], at(0))).not.toBeNull();
  });

  test("refuses a form with too many fields, even with a correct signature", () => {
    const body = Array.from({ length: 2001 }, () => "a=").join("&");
    expect(scheme.findFault(signed(body, `${url}a`), ["token"], at(0))).not.toBeNull();
  });
});
