import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { makeSigningSecret, openVault } from "../../../src/vault/vault.ts";
import { buildSigner, messageId } from "../../../src/webhooks/message.ts";
import { openSecrets } from "../../../src/webhooks/secrets.ts";

const vault = openVault("correct horse battery staple");
const [id, other] = ["0199d000-0000-7000-8000-000000000001", "0199d000-0000-7000-8000-000000000002"];

test("a sealed secret opens again, and looks different each time", () => {
  const sealed = vault.seal("whsec_x", id);
  expect(vault.open(sealed, id)).toBe("whsec_x");
  expect(Buffer.from(sealed).includes("whsec_x")).toBe(false);
  expect(vault.seal("whsec_x", id)).not.toEqual(sealed);
});

// opened …, a secret is unreadable
const unreadable: [string, () => string | null][] = [
  ["under another key", () => openVault("incorrect horse battery").open(vault.seal("x", id), id)],
  ["as the secret of another subscription", () => vault.open(vault.seal("x", id), other)],
  [
    "with a byte changed",
    () =>
      vault.open(
        vault.seal("x", id).map((byte, i) => byte ^ (i === 29 ? 1 : 0)),
        id,
      ),
  ],
  ["with a part missing", () => vault.open(vault.seal("x", id).subarray(0, 20), id)],
  ["empty", () => vault.open(new Uint8Array(), id)],
  ["in a later format", () => vault.open(vault.seal("x", id).with(0, 2), id)],
];

test.for(unreadable)("a secret opened %s is unreadable, and no error is thrown", ([, open]) => {
  expect(open()).toBeNull();
});

test("an unreadable former secret is left out, but an unreadable current secret leaves none", () => {
  const [secret, previousSecret] = [vault.seal("new", id), vault.seal("old", id)];
  const lost = vault.seal("lost", other);
  expect(openSecrets(vault, { id, secret, previousSecret })).toEqual(["new", "old"]);
  expect(openSecrets(vault, { id, secret, previousSecret: lost })).toEqual(["new"]);
  expect(openSecrets(vault, { id, secret: lost, previousSecret })).toBeNull();
  expect(openSecrets(null, { id, secret, previousSecret })).toBeNull();
});

test("a message is signed with each secret, and the library verifies it", () => {
  const secrets = [makeSigningSecret(), makeSigningSecret()];
  const message = buildSigner(secrets).sign({ id: "msg_1", at: new Date(), body: '{"ä":"€"}' });
  expect(message.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
  for (const secret of secrets) {
    expect(new Webhook(secret).verify(message.body, { ...message.headers })).toEqual({ ä: "€" });
  }
  const stranger = new Webhook(makeSigningSecret());
  expect(() => stranger.verify(message.body, { ...message.headers })).toThrow("No matching signature");
});

test("a message id depends on the change and the subscription only", () => {
  expect(messageId(id, other)).toBe(messageId(id, other));
  expect(new Set([messageId(id, other), messageId(other, id), messageId(id, id)]).size).toBe(3);
  expect(messageId(id, other)).not.toContain(".");
});
