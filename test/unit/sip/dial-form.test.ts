import { expect, test } from "vitest";
import { dialForm } from "../../../src/sip/dial-form.ts";
import { parseUri } from "../../../src/sip/uri.ts";

test.for([
  [
    "scheme, user, host and port stay as received",
    "SIPS:%61l%2Bice@AtLanTa.com.:5061",
    "sips:%61l%2Bice@AtLanTa.com.:5061",
  ],
  [
    "transport and user stay",
    "sip:+1@h.example;lr;user=phone;Transport=TCP",
    "sip:+1@h.example;transport=TCP;user=phone",
  ],
  ["the password goes", "sip:u:secret@h.example", "sip:u@h.example"],
  ["headers go", "sip:u@h.example?subject=x&Replaces=y", "sip:u@h.example"],
  ["a route's parameters go", "sip:u@h.example;maddr=192.0.2.1;ttl=1;lr;method=INVITE", "sip:u@h.example"],
  ["a device's parameters go", "sip:u@h.example;gr=urn:x;ob;rinstance=1;pn-prid=z;+x", "sip:u@h.example"],
  ["a quoted transport goes", 'sip:u@h.example;transport="tcp"', "sip:u@h.example"],
  ["a transport without value goes", "sip:u@h.example;transport", "sip:u@h.example"],
  ["a raw # is escaped", "sip:1#2@h.example", "sip:1%232@h.example"],
  ["the extra colon of RFC 5118 4.10 goes", "sip:u@[2001:db8:::192.0.2.1]", "sip:u@[2001:db8::192.0.2.1]"],
  ["an empty port goes", "sip:h.example:", "sip:h.example"],
  [
    "a tel URI gets its canonical spelling",
    "TEL:(12)-3#;Phone-Context=+4-5;b=C",
    "tel:123%23;phone-context=+45;b=c",
  ],
] as const)("%s", ([, received, written]) => {
  const uri = parseUri(received);
  expect(uri && dialForm(uri)).toBe(written);
});
