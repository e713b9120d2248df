import { expect, test } from "vitest";
import { signedUrls } from "../../../src/signatures/urls.ts";

const path = "/v1/webhooks/twilio?uri=sip%3Aa%40b";

// with the public URL …, a request may be signed for …
const cases: [string, readonly string[]][] = [
  ["https://hooks.example.com", ["https://hooks.example.com", "https://hooks.example.com:443"]],
  ["https://hooks.example.com:443", ["https://hooks.example.com:443", "https://hooks.example.com"]],
  ["http://hooks.example.com", ["http://hooks.example.com", "http://hooks.example.com:80"]],
  ["https://hooks.example.com:8443", ["https://hooks.example.com:8443", "https://hooks.example.com"]],
  [
    "https://hooks.example.com/sipbook",
    ["https://hooks.example.com/sipbook", "https://hooks.example.com:443/sipbook"],
  ],
  ["http://[2001:db8::1]", ["http://[2001:db8::1]", "http://[2001:db8::1]:80"]],
  ["http://[2001:db8::1]:8080", ["http://[2001:db8::1]:8080", "http://[2001:db8::1]"]],
];
test.for(cases)("a request under %s may be signed for each URL of the endpoint", ([base, expected]) => {
  expect(signedUrls(base, path)).toEqual(expected.map((each) => each + path));
});

test("a user and a password may be part of the signed URL", () => {
  expect(signedUrls("https://hooks.example.com", path, "sipbook:sbk_1")).toEqual([
    `https://hooks.example.com${path}`,
    `https://hooks.example.com:443${path}`,
    `https://sipbook:sbk_1@hooks.example.com${path}`,
    `https://sipbook:sbk_1@hooks.example.com:443${path}`,
  ]);
});
