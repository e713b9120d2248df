import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SaxesParser } from "saxes";
import { expect, test } from "vitest";
import { eventOf } from "./event.ts";

const pages = ["freeswitch", "fusionpbx"].map((name): [string, string] => [
  name,
  readFileSync(join(import.meta.dirname, `../../../../docs/pbx/${name}.md`), "utf8"),
]);

const xmlOf = (page: string) => [...page.matchAll(/^```xml\n(.*?)^```$/gms)].map(([, block = ""]) => block);

/** The settings of a block, by name. Throws if the block is not well-formed. */
function settingsOf(block: string): Readonly<Record<string, string | undefined>> {
  const settings: [string, string][] = [];
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    if (name === "param") settings.push([attributes["name"] ?? "", attributes["value"] ?? ""]);
  });
  parser.write(block).close();
  return Object.fromEntries(settings);
}

test.for(pages)("the configuration in %s.md is valid XML and posts what the dialect needs", ([, page]) => {
  const blocks = xmlOf(page).map(settingsOf);
  const posting = blocks.filter((settings) => settings["url"] !== undefined);
  expect(posting).toHaveLength(1);
  expect(posting[0]).toMatchObject({
    url: expect.stringMatching(/\/v1\/webhooks\/freeswitch$/),
    "auth-scheme": "basic",
    cred: expect.stringMatching(/^\w+:/),
    "log-b-leg": "true",
    "encode-values": "false",
  });
  expect(page).toContain("nolocal:outbound_redirect_fatal=true");
});

test("the record in freeswitch.md is read as a 301", () => {
  const [, leg = ""] = /<<'END'\n(.*?)^END$/ms.exec(pages[0]?.[1] ?? "") ?? [];
  expect(eventOf(leg)).toMatchObject({
    requestUri: "sip:nobody@example.com",
    status: 301,
    contacts: ['"Nobody" <sip:nobody@new.example.com>'],
    followed: false,
  });
});
