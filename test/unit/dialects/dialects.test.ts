import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dialectNames, dialectOf, dialects, signatureHeaders } from "../../../src/dialects/dialects.ts";
import { isName } from "../../../src/json/parts.ts";

const root = join(import.meta.dirname, "../../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

// `default` is documented as POST /v1/events.
test.for(dialects.filter(({ name }) => name !== "default"))(
  "$name has a page in docs/pbx under its own title, and README links it",
  ({ name, label }) => {
    const page = readFileSync(join(root, `docs/pbx/${name}.md`), "utf8");
    expect(page.split("\n")[0]).toBe(`# ${label}`);
    expect(readme).toContain(`(docs/pbx/${name}.md)`);
  },
);

test("every dialect has a name of its own, which a source can have", () => {
  expect(new Set(dialectNames).size).toBe(dialects.length);
  expect(dialectNames.filter((name) => !isName(name))).toEqual([]);
});

test("only a dialect that anybody on the network can speak begins by observing", () => {
  expect(dialects.filter(({ firstMode }) => firstMode === "observe").map(({ name }) => name)).toEqual([
    "hep",
  ]);
});

test("a dialect that this version does not know is read as the native one", () => {
  expect(dialectOf({ dialect: "teams" }).name).toBe("default");
});

test("every scheme's header says that a request is signed", () => {
  expect(signatureHeaders.toSorted()).toEqual([
    "jambonz-signature",
    "telnyx-signature-ed25519",
    "webhook-signature",
    "x-signalwire-sha256-signature",
    "x-signalwire-signature",
    "x-signature",
    "x-twilio-signature",
  ]);
});
