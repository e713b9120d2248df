import { execFile } from "node:child_process";
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { hmac } from "../../../src/signatures/scheme.ts";
import { openTestApp, type TestApp } from "../../support/app.ts";
import { makeBook } from "../../support/book.ts";
import { openClient } from "../../support/pages/contract.ts";
import { expectNoTrace, hmacHeaders, nowSeconds } from "../../support/pbx/signing.ts";

const publicUrl = "https://hooks.example.com/sipbook";
let server: TestApp;
/** Behind one proxy, which forwards the host and protocol of the request. */
let proxied: TestApp;
beforeAll(async () => {
  const url = inject("databaseUrl");
  server = await openTestApp(url, undefined, url, { config: { trustProxy: false, publicUrl } });
  proxied = await openTestApp(url, undefined, url, { config: { trustProxy: 1, publicUrl: null } });
});
afterAll(() => Promise.all([server.close(), proxied.close()]));

type Headers = Readonly<Record<string, string>>;

interface Platform {
  readonly dialect: string;
  readonly secret: string;
  readonly body: string;
  /** The headers and query for a body that the platform signed some seconds ago for a URL. */
  signed(body: string, url: string, seconds: number): Headers;
  /** True if its signatures have no time. */
  readonly isTimeless?: boolean;
}

const token = "12345678901234567890123456789012";
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const rawKey = publicKey.export({ format: "der", type: "spki" }).subarray(12).toString("base64");
const standard = `whsec_${Buffer.alloc(32, "k").toString("base64")}`;
const ours = "a shared secret of ours";
const native = JSON.stringify({ id: "1", requestUri: "sip:alice@pbx.example.net", status: 410 });

const failed = { CallSid: "CA1", CallStatus: "failed", To: "sip:alice@pbx.example.net" };
const form = (fields: Headers) => new URLSearchParams({ ...failed, ...fields }).toString();
const json = (fields: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ direction: "outbound", to: "sip:alice@pbx.example.net", ...fields });
const sorted = (body: string) =>
  [...new URLSearchParams(body)]
    .map((pair) => pair.join(""))
    .toSorted()
    .join("");

const platforms = {
  jambonz: {
    dialect: "jambonz",
    secret: "whsec_jambonz_example",
    body: json({ call_sid: "1", call_status: "failed", sip_status: 410 }),
    signed: (body, _url, seconds) => {
      const at = nowSeconds() - seconds;
      const digest = hmac("sha256", "whsec_jambonz_example", `${at}.${body}`).toString("hex");
      return { "jambonz-signature": `t=${at},v1=${digest}` };
    },
  },
  Telnyx: {
    dialect: "telnyx",
    secret: rawKey,
    body: json({
      data: {
        event_type: "call.hangup",
        id: "1",
        payload: { to: "sip:alice@pbx.example.net", sip_hangup_cause: "410" },
      },
    }),
    signed: (body, _url, seconds) => {
      const at = `${nowSeconds() - seconds}`;
      const signature = sign(null, Buffer.from(`${at}|${body}`), privateKey).toString("base64");
      return { "telnyx-timestamp": at, "telnyx-signature-ed25519": signature };
    },
  },
  Twilio: {
    dialect: "twilio",
    secret: token,
    body: form({ SipResponseCode: "410" }),
    signed: (body, url) => ({
      "x-twilio-signature": hmac("sha1", token, url + sorted(body)).toString("base64"),
      "content-type": "application/x-www-form-urlencoded",
    }),
    isTimeless: true,
  },
  SignalWire: {
    dialect: "signalwire",
    secret: token,
    body: form({ SipResultCode: "410" }),
    signed: (body, url) => ({
      "x-signalwire-signature": hmac("sha1", token, url + sorted(body)).toString("base64"),
    }),
    isTimeless: true,
  },
  "SignalWire's JSON": {
    dialect: "signalwire",
    secret: token,
    body: JSON.stringify({ ...failed, SipResultCode: "410" }),
    signed: (body, url) => ({ "x-signalwire-signature": hmac("sha1", token, url + body).toString("hex") }),
    isTimeless: true,
  },
  "HMAC-SHA256": {
    dialect: "default",
    secret: ours,
    body: native,
    signed: (body, _, seconds) => hmacHeaders(ours, body, seconds),
  },
  "Standard Webhooks": {
    dialect: "default",
    secret: standard,
    body: native,
    signed: (body, _, seconds) => {
      const at = new Date((nowSeconds() - seconds) * 1000);
      return {
        "webhook-id": "msg_1",
        "webhook-timestamp": `${nowSeconds() - seconds}`,
        "webhook-signature": new Webhook(standard).sign("msg_1", at, body),
      };
    },
  },
} satisfies Readonly<Record<string, Platform>>;
const twilio: Platform = platforms.Twilio;
const rows = Object.entries<Platform>(platforms);

async function openSource({ dialect, secret }: Platform) {
  const book = await makeBook(server.db);
  const body = { secret };
  await openClient(server.app, book.key).post(`/v1/sources/${dialect}/secrets`, { body });
  return { book, path: `/v1/webhooks/${dialect}?book=${book.name}` };
}

/** Without a key. */
const postTo = ({ app }: TestApp, path: string, body: string, headers: Headers) =>
  openClient(app).post(path, { body, headers });

test.for(rows)("%s: a signature is accepted without a key", async ([, platform]) => {
  const { path } = await openSource(platform);
  const { body } = platform;
  const headers = platform.signed(body, publicUrl + path, 0);
  const answer = await postTo(server, path, body, headers);
  expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } });
});

test.for(rows)("%s: a request changed on the way gives 401 and stores nothing", async ([, platform]) => {
  const { book, path } = await openSource(platform);
  const headers = platform.signed(platform.body, publicUrl + path, 0);
  const body = platform.body.replace("alice", "mallory");
  const answer = await postTo(server, path, body, headers);
  expect(answer).toMatchObject({
    status: 401,
    body: { detail: expect.stringMatching(/^The signature is not/) },
  });
  await expectNoTrace(server.db, book.name);
});

test.for(rows)(
  "%s: a request repeated much later gives 401 if its signature has a time",
  async ([, platform]) => {
    const { path } = await openSource(platform);
    const headers = platform.signed(platform.body, publicUrl + path, 1000);
    const answer = await postTo(server, path, platform.body, headers);
    expect(answer.status).toBe(platform.isTimeless === true ? 202 : 401);
  },
);

const sent = (one: string, two: string) => ({
  "x-signalwire-signature": one,
  "x-signalwire-sha256-signature": two,
});

test("a request with several signatures needs one correct signature", async () => {
  const platform = platforms["SignalWire's JSON"];
  const { body } = platform;
  const post = async (signed: (url: string) => Headers) => {
    const { path } = await openSource(platform);
    const headers = signed(publicUrl + path);
    return (await postTo(server, path, body, headers)).status;
  };
  const [wrong, wrong256] = ["0".repeat(40), "0".repeat(64)];
  const right = (url: string) => hmac("sha1", token, url + body).toString("hex");
  const right256 = (url: string) => hmac("sha256", token, url + body).toString("hex");
  expect(await post((url) => sent(wrong, right256(url)))).toBe(202);
  expect(await post((url) => sent(right(url), wrong256))).toBe(202);
  expect(await post(() => sent(wrong, wrong256))).toBe(401);
  expect(await post((url) => sent(right256(url), right(url)))).toBe(401);
});

test("Twilio may sign a URL with its user and password", async () => {
  const { book, path } = await openSource(twilio);
  const login = `twilio:${book.key}`;
  const signedUrl = publicUrl.replace("://", `://${login}@`) + path;
  const headers = {
    ...twilio.signed(twilio.body, signedUrl, 0),
    authorization: `Basic ${Buffer.from(login).toString("base64")}`,
  };
  const { body } = twilio;
  expect(await postTo(server, path, body, headers)).toMatchObject({ status: 202 });
  const other = { ...headers, ...twilio.signed(body, signedUrl.replace("twilio:", "other:"), 0) };
  expect(await postTo(server, path, body, other)).toMatchObject({ status: 401 });
});

test("Bandwidth does not sign, so a key is the password of its callbacks", async () => {
  const { key } = await makeBook(server.db);
  const headers = { authorization: `Basic ${Buffer.from(`bandwidth:${key}`).toString("base64")}` };
  const body = json({ eventType: "disconnect", callId: "1", sipResponseCode: 410 });
  const answer = await postTo(server, "/v1/webhooks/bandwidth", body, headers);
  expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } });
});

const https = { "x-forwarded-proto": "https" };
// if the proxy forwards …, the signed URL starts with …, and the signature is correct: …
const forwarded: [string, Headers, string, boolean][] = [
  [
    "the public host and protocol",
    { ...https, "x-forwarded-host": "pbx.example" },
    "https://pbx.example",
    true,
  ],
  ["them with a port", { ...https, "x-forwarded-host": "pbx.example:443" }, "https://pbx.example", true],
  ["them, and the sender signs the port", { ...https, host: "pbx.example" }, "https://pbx.example:443", true],
  ["nothing", { host: "pbx.example" }, "http://pbx.example", true],
  ["another host", { "x-forwarded-host": "other.example", host: "pbx.example" }, "http://pbx.example", false],
];
test.for(forwarded)("Twilio behind a proxy that forwards %s", async ([, proxyHeaders, base, isRight]) => {
  const { path } = await openSource(twilio);
  const headers = { ...twilio.signed(twilio.body, base + path, 0), ...proxyHeaders };
  const answer = await postTo(proxied, path, twilio.body, headers);
  expect(answer.status).toBe(isRight ? 202 : 401);
});

test("an untrusted proxy cannot choose the signed URL", async () => {
  const { path } = await openSource(twilio);
  const proxyHeaders = { ...https, "x-forwarded-host": "evil.example" };
  const headers = { ...twilio.signed(twilio.body, `https://evil.example${path}`, 0), ...proxyHeaders };
  expect(await postTo(server, path, twilio.body, headers)).toMatchObject({
    status: 401,
  });
});

test("a digest in the URL covers Twilio's JSON", async () => {
  const { path } = await openSource(twilio);
  const body = JSON.stringify({ ...failed, CallSid: "CA2", To: "+49301234567", SipResponseCode: "410" });
  const digest = createHash("sha256").update(body).digest("hex");
  const url = `${path}&bodySHA256=${digest}`;
  const headers = twilio.signed("", publicUrl + url, 0);
  expect(await postTo(server, url, body, headers)).toMatchObject({
    status: 202,
    body: { accepted: 1 },
  });
});

test("the shell commands in docs/pbx/signatures.md sign the request that they send", async () => {
  const page = readFileSync("docs/pbx/signatures.md", "utf8");
  const [, script = ""] = /```sh sign and send\n(.*?)```/s.exec(page) ?? [];
  const { book } = await openSource(platforms["HMAC-SHA256"]);
  const origin = await server.app.listen({ host: "127.0.0.1", port: 0 });
  const env = {
    PATH: process.env["PATH"],
    SECRET: ours,
    URL: `${origin}/v1/webhooks/default?book=${book.name}`,
    BODY: JSON.stringify({ id: randomUUID(), requestUri: "sip:jörg@pbx.example.net", status: 410 }),
  };
  const { stdout } = await promisify(execFile)("sh", ["-euc", script], { env });
  expect(JSON.parse(stdout)).toMatchObject({ accepted: 1 });
});
