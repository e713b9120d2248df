import * as fc from "fast-check";
import Fastify from "fastify";
import { describe, expect, test } from "vitest";
import { faultsOf, problemOfInput } from "../../../src/http/input-faults.ts";
import { collectRoutes } from "../../../src/http/known-routes.ts";
import { buildValidatorCompiler } from "../../../src/http/validation.ts";
import { escapePointer } from "../../../src/json/pointer.ts";
import { isTime } from "../../../src/json/time.ts";
import { ContactInput } from "../../../src/wire/book/contacts.ts";

const validate = buildValidatorCompiler()({ schema: ContactInput, httpPart: "body" });

function faults(body: unknown) {
  const result = validate(body);
  return typeof result === "boolean" ? [] : faultsOf(result.error);
}

describe("the errors of a body", () => {
  test("are all reported, each once, with its place", () => {
    const body = {
      name: 5,
      externalId: "",
      addresses: [{ uri: "sip:a@b.example" }, {}, { uri: null, label: 7 }],
    };
    expect(faults(body)).toEqual([
      { pointer: "/name", detail: "must be string" },
      { pointer: "/externalId", detail: "must NOT have fewer than 1 characters, or null" },
      { pointer: "/addresses/1/uri", detail: "is required" },
      { pointer: "/addresses/2/uri", detail: "must be string" },
      { pointer: "/addresses/2/label", detail: "must be string, or null" },
    ]);
  });

  test("are at most 50", () => {
    expect(faults({ name: "a", addresses: Array.from({ length: 99 }, () => ({})) })).toHaveLength(50);
  });

  test("of a large body are reported one at a time", () => {
    expect(faults({ name: "a", addresses: Array.from({ length: 500_000 }, () => ({})) })).toHaveLength(1);
  });

  test("in an array of bodies start with the place of the body", () => {
    const error = {
      keyword: "required",
      instancePath: "",
      schemaPath: "",
      params: { missingProperty: "a/b~c" },
    };
    expect(faultsOf([error], "/3")).toEqual([{ pointer: "/3/a~1b~0c", detail: "is required" }]);
  });
});

test("only errors of a query mention the plus sign", () => {
  const keyword = "format";
  const error = { keyword, instancePath: "/since", schemaPath: "", params: { format: "date-time" } };
  const [inBody] = faultsOf([error], "/3");
  expect(inBody?.detail).toBe("must be a time as in 2026-11-22T10:00:00.000Z (RFC 3339)");
  const { errors } = problemOfInput([error], "querystring").toBody();
  expect(errors).toEqual([
    { pointer: "/query/since", detail: `${inBody?.detail}; write + as %2B in a query` },
  ]);
});

test("a path that fails its schema gives not found", () => {
  expect(problemOfInput([], "params").toBody()).toMatchObject({ status: 404 });
});

test("an escaped JSON pointer gives the original name again (RFC 6901)", () =>
  fc.assert(
    fc.property(fc.string(), (name) => {
      const escaped = escapePointer(name);
      expect(escaped).not.toContain("/");
      expect(escaped.replaceAll("~1", "/").replaceAll("~0", "~")).toBe(name);
    }),
  ));

const times: [string, boolean][] = [
  ["2026-11-22T10:00:00Z", true],
  ["2026-11-22T10:00:00.123456+05:30", true],
  ["0001-01-01T00:00:00Z", true],
  ["9999-12-31T23:59:59.999Z", true],
  ["2024-02-29T00:00:00Z", true],
  ["2026-02-29T00:00:00Z", false],
  ["2026-00-10T00:00:00Z", false],
  ["2026-13-10T00:00:00Z", false],
  ["2026-11-22T24:30:00Z", false],
  ["2026-11-22T23:59:60Z", false],
  ["0001-01-01T00:00:00+01:00", false],
  ["9999-12-31T23:59:59.999-01:00", false],
  ["0000-01-01T00:00:00Z", false],
  ["2026-11-22 10:00:00Z", false],
  ["2026-11-22T10:00:00", false],
  ["2026-11-22", false],
  ["+012026-11-22T10:00:00Z", false],
  ["", false],
];
test.for(times)("%s is a valid time: %s", ([text, expected]) => {
  expect(isTime(text)).toBe(expected);
});

test("every valid time can be stored by PostgreSQL", () =>
  fc.assert(
    fc.property(
      fc.date({
        min: new Date("0001-01-01T00:00:00Z"),
        max: new Date("9999-12-31T23:59:59.999Z"),
        noInvalidDate: true,
      }),
      (date) => {
        expect(isTime(date.toISOString())).toBe(true);
      },
    ),
  ));

const answer = async () => null;

test("the methods of a path are found, with and without parameters", async () => {
  const app = Fastify();
  const routes = collectRoutes(app);
  app.get("/things/:id", answer);
  app.delete("/things/:id", answer);
  app.post("/things/a.b", answer);
  await app.ready();
  expect(routes.methodsOf("/things/1")).toEqual(["DELETE", "GET", "HEAD"]);
  expect(routes.methodsOf("/things/a.b")).toEqual(["DELETE", "GET", "HEAD", "POST"]);
  expect(routes.methodsOf("/things/axb/c")).toEqual([]);
});
