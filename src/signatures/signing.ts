import { type Dialect, isDialect } from "../domain/dialect.ts";
import { ed25519, publicKeyOf } from "./ed25519.ts";
import { hmacSha256 } from "./hmac-sha256.ts";
import { jambonzSignature } from "./jambonz.ts";
import type { Scheme } from "./scheme.ts";
import { standardWebhooks } from "./standard-webhooks.ts";
import { urlAndBody } from "./url-and-body.ts";
import { urlAndForm } from "./url-and-form.ts";

/** How the requests of a dialect are signed. */
interface Signing {
  readonly schemes: readonly Scheme[];
  findSecretFault(secret: string | undefined): string | null;
}

/** For whatever people build, and PBXs that sign what they are told to. */
const ours: Signing = {
  schemes: [hmacSha256, standardWebhooks],
  findSecretFault: (secret) =>
    secret === undefined || secret.length >= 16 ? null : "must have at least 16 characters",
};

const theirs = (what: string, ...schemes: readonly Scheme[]): Signing => ({
  schemes,
  findSecretFault: (secret) => (secret === undefined ? `is required: ${what}` : null),
});

const telnyxKey = "the public key of your Telnyx account, in base64";

const signings: Partial<Readonly<Record<Dialect, Signing>>> = {
  jambonz: theirs("the webhook secret of your jambonz account", jambonzSignature),
  telnyx: {
    schemes: [ed25519],
    findSecretFault: (secret = "") => (publicKeyOf(secret) === null ? `must be ${telnyxKey}` : null),
  },
  twilio: theirs("the auth token of your Twilio account", urlAndForm("x-twilio-signature")),
  signalwire: theirs(
    "the signing key of your SignalWire space",
    urlAndForm("x-signalwire-signature"),
    urlAndBody("x-signalwire-signature", "sha1"),
    urlAndBody("x-signalwire-sha256-signature", "sha256"),
    urlAndForm("x-twilio-signature"),
  ),
  bandwidth: {
    schemes: [],
    findSecretFault: () =>
      "is not for Bandwidth, which signs nothing: give it a key as the password of Basic",
  },
};

const signingOf = (dialect: string): Signing => (isDialect(dialect) ? signings[dialect] : undefined) ?? ours;

export const schemesOf = (dialect: string): readonly Scheme[] => signingOf(dialect).schemes;

/** Why a text can be no secret for the signatures of a dialect; `undefined` asks for one to be made. */
export const findSecretFault = (dialect: string, secret: string | undefined): string | null =>
  signingOf(dialect).findSecretFault(secret);

/** Every header that says that a request is signed. */
export const signatureHeaders: readonly string[] = [ours, ...Object.values(signings)]
  .flatMap(({ schemes }) => schemes.map(({ header }) => header))
  .filter((header, i, all) => all.indexOf(header) === i);
