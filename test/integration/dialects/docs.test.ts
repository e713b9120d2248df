import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeSigningSecret } from "../../../src/vault/vault.ts";
import { buildSigner } from "../../../src/webhooks/message.ts";
import { sendFaults } from "../../../src/webhooks/outcome.ts";
import { buildSender } from "../../../src/webhooks/sender.ts";
import { rangesOf } from "../../support/pbx/ranges.ts";
import { findFreePort } from "../../support/processes/tcp.ts";
import { waitFor } from "../../support/wait.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/webhooks.md"), "utf8");
const [, program = ""] = /^```js\n(.*?)^```$/ms.exec(page) ?? [];

test("the receiver in docs/webhooks.md accepts our signatures, handles each message once, and refuses other signatures", async () => {
  // The receiver is written next to this file, so that it finds the library like an installed program.
  const file = join(import.meta.dirname, `receiver-${process.pid}.mjs`);
  await writeFile(file, program);
  const secret = makeSigningSecret();
  const port = await findFreePort();
  const child = spawn(process.execPath, [file], {
    env: { WEBHOOK_SECRET: secret, PORT: `${port}` },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const channel = buildSender({ allowed: rangesOf("127.0.0.0/8") }).open(`http://127.0.0.1:${port}/`);
  const send = async (key: string, id: string) => {
    const data = { contactId: "c1", after: { uri: "sip:alice@new.example", state: "active" } };
    const body = JSON.stringify({ type: "contact.rewritten", timestamp: "2026-11-22T10:00:00.120Z", data });
    return (await channel.send(buildSigner([key]).sign({ id, at: new Date(), body }))).outcome;
  };
  try {
    while (!output.includes("ready")) await once(child.stdout, "data");
    expect(await send(secret, "msg_1")).toMatchObject({ status: 204 });
    expect(await send(secret, "msg_1")).toMatchObject({ status: 204 });
    expect(await send(makeSigningSecret(), "msg_2")).toMatchObject({ status: 400 });
    const lines = "ready\ncontact.rewritten c1 sip:alice@new.example\n";
    await waitFor(() => expect(output).toBe(lines));
  } finally {
    channel.close();
    child.kill();
    await rm(file);
  }
});

test("docs/webhooks.md names every error of a delivery attempt", () => {
  for (const error of [...sendFaults, "refused-by-receiver", "put-off", "gone"])
    expect(page).toContain(`\`${error}\``);
});
