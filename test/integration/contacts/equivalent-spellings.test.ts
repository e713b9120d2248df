import { expect } from "vitest";
import { bodyAs, type Client } from "../../support/pages/contract.ts";
import { pageOf } from "../../support/service.ts";
import { sharedService, test } from "../../support/shared.ts";
import { at, gone } from "../fold/calls.ts";

const service = await sharedService();

// Pairs of spellings of the same address (RFC 3261 10.3 and 19.1, RFC 5954, RFC 3966 4).
const same: [string, string][] = [
  ["sip:alice@pbx.example", "SIP:alice@PBX.Example"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example."],
  ["sip:alice@pbx.example", "sip:alice@pbx.example:5060"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example:"],
  ["sip:alice@pbx.example", "sips:alice@pbx.example"],
  ["sip:alice@pbx.example", "sips:alice@pbx.example:5061"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example:5061;transport=TLS"],
  ["sips:alice@pbx.example:5060", "sip:alice@pbx.example:5060;transport=tls"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example;transport=tcp;lr;ob;comp=sigcomp;ttl=1;pn-prid=x;any"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example;rinstance=1a2b"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example;user=phone"],
  ["sip:alice@pbx.example", "sip:alice:secret@pbx.example"],
  ["sip:alice@pbx.example", "sip:%61%6Cice@pbx.example"],
  ["sip:alice@pbx.example", "  sip:alice@pbx.example "],
  ["sip:alice@pbx.example", "sip:alice@pbx.example;;lr;"],
  ["sip:alice@pbx.example", 'sip:alice@pbx.example;x="y"'],
  ["sip:+442079460018@gw.example", "sip:%2B442079460018@gw.example;user=phone"],
  ["sip:+442079460018@gw.example", "sip:+44-20-7946.0018@gw.example"],
  ["sip:+44(20)79460018@gw.example", "sip:+442079460018@gw.example;user=PHONE"],
  ["sip:+442079460018;ext=12@gw.example;user=phone", "sip:+44-2079460018;EXT=1-2@gw.example"],
  ["sip:1234%230044@pbx.example", "sip:1234#0044@pbx.example"],
  ["sip:a%40b@pbx.example", "sip:%61%40b@pbx.example"],
  ["sip:my_host@a_b.example", "sip:my%5fhost@A_B.example"],
  ["sip:alice@[2001:db8::1]", "sip:alice@[2001:0DB8:0:0:0:0:0:1]:5060"],
  ["sip:alice@[::ffff:192.0.2.128]", "sip:alice@[::ffff:c000:280]"],
  ["sip:alice@[2001:db8::192.0.2.1]", "sip:alice@[2001:db8:::192.0.2.1]"],
  ["sip:pbx.example", "sip:PBX.example:5060"],
  ["sip:alice@pbx.example;gr=x1", "sip:alice@pbx.example:5060;lr;GR=X1"],
  ["tel:+442079460018", "TEL:+44-20-7946-0018"],
  ["tel:+44(20)7946.0018", "tel:+442079460018"],
  ["tel:7042;phone-context=pbx.example", "tel:70-42;Phone-Context=PBX.example"],
  ["tel:911;phone-context=+1", "tel:911;phone-context=+-1"],
  ["tel:+12;ext=3-4;a=b", "tel:+12;A=b;EXT=34"],
];
test.for(same)("%s is the same address as %s", async ([kept, dialled]) => {
  const book = await service.makeBook("keep");
  const { id } = await book.addContact(kept);
  for (const uri of [kept, dialled]) expect(await find(book, uri)).toEqual([id]);
  expect(await book.report(gone(dialled, 1))).toEqual(["applied/gone"]);
  const events = bodyAs(
    pageOf("Event"),
    await book.get(`/v1/events?uri=${encodeURIComponent(kept)}&verdict=applied`),
  );
  expect(events.items).toMatchObject([{ requestUri: dialled }]);
});

// Pairs of different addresses that look alike.
const other: [string, string][] = [
  ["sip:alice@pbx.example", "sip:Alice@pbx.example"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example:5080"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example:5061"],
  ["sips:alice@pbx.example", "sips:alice@pbx.example:5060"],
  ["sip:alice@pbx.example", "sip:alice@sub.pbx.example"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example;gr=x1"],
  ["sip:alice@pbx.example", "sip:alice@pbx.example;gr"],
  ["sip:alice@pbx.example", "sip:pbx.example"],
  ["sip:a.b@pbx.example", "sip:ab@pbx.example"],
  ["sip:1-2@pbx.example", "sip:12@pbx.example"],
  ["sip:v%2561lue@pbx.example", "sip:value@pbx.example"],
  ["sip:a%00b@pbx.example", "sip:a@pbx.example"],
  ["sip:alice;tgrp=x@pbx.example", "sip:alice@pbx.example"],
  ["sip:+442079460018@gw.example", "sip:442079460018@gw.example"],
  ["sip:+442079460018@gw.example;user=phone", "tel:+442079460018"],
  ["sip:alice@192.0.2.1", "sip:alice@[::ffff:192.0.2.1]"],
  ["tel:+442079460018", "tel:442079460018;phone-context=pbx.example"],
  ["tel:+442079460018", "tel:+442079460018;ext=1"],
  ["tel:911;phone-context=+1", "tel:+1911"],
  ["tel:7042;phone-context=a.example", "tel:7042;phone-context=b.example"],
];
test.for(other)("%s is not the same address as %s", async ([kept, dialled]) => {
  const book = await service.makeBook("keep");
  const { id } = await book.addContact(kept);
  expect(await find(book, kept)).toEqual([id]);
  expect(await find(book, dialled)).toEqual([]);
  expect(await book.report(gone(dialled, 1))).toEqual(["unmatched/no-address"]);
  expect(await book.shown(id)).toHaveLength(1);
});

// Texts that are not addresses and cannot be stored as one.
const refused = [
  "alice",
  "alice@pbx.example",
  "mailto:alice@pbx.example",
  "https://pbx.example",
  "sip:",
  "sip:@pbx.example",
  "sip:alice@",
  "sip:alice@pbx.example:99999",
  "sip:al ice@pbx.example",
  "sip:al%ice@pbx.example",
  "sip:al%6@pbx.example",
  "sip:alice@p%62x.example",
  "sip:alice@pbx.example\r\nX: y",
  "sip:alice@2001:db8::1",
  "sip:alice@[2001:db8::1",
  "sip:alice@[fe80::1%25eth0]",
  "sip:alice@444.555.666.777",
  "sip:a@b@pbx.example",
  "sip:alice@p\u00f6x.example",
  "sip:al\u0000ice@pbx.example",
  "sip:alice@pbx.example?Subject=x",
  "sip:alice@pbx.example;method=INVITE",
  "sip:alice@pbx.example;maddr=192.0.2.1",
  "tel:1-800-FLOWERS",
  "tel:+",
  "tel:+44 20",
  "tel:+1;m-x=y",
  "tel:+1;ext=1;isub=2",
];
test.for(refused)("%j is refused with 422, because it is not an address", async (uri, { book }) => {
  const answer = await book.post("/v1/contacts", {
    body: { name: "Alice", addresses: [{ uri: "sip:fine@pbx.example" }, { uri }] },
  });
  expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: "/addresses/1/uri" }] } });
});

// A duplicate key in one contact.
test.for(same.slice(0, 8))(
  "%s and %s on one contact are refused with 422",
  async ([first, second], { book }) => {
    const addresses = [first, second].map((uri) => ({ uri, assertedAt: at(0) }));
    const answer = await book.post("/v1/contacts", { body: { name: "Alice", addresses } });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: "/addresses/1/uri" }] } });
  },
);

async function find(client: Client, uri: string): Promise<readonly string[]> {
  const answer = await client.get(`/v1/contacts?uri=${encodeURIComponent(uri)}`);
  return bodyAs(pageOf("Contact"), answer).items.map(({ id }) => id);
}
