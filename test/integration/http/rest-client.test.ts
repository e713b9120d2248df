import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Type } from "typebox";
import { expect, onTestFinished, test } from "vitest";
import { openRest, type Rest } from "../../../src/clients/rest.ts";

/** A client of a server that gives these answers in turn, and the requests that it sent. */
async function openAgainst(...answers: readonly (readonly [number, object, string?])[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const [status, body, retryAfter] = answers[requests.length] ?? [500, {}];
    requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const rest: Rest = openRest(`http://127.0.0.1:${port}/base`, "secret", AbortSignal.timeout(5_000));
  return { rest, requests };
}

const Name = Type.Object({ name: Type.String() });
const away = { detail: "The database is away" };

test("a GET that is answered with 503 is sent again after its Retry-After", async () => {
  const { rest, requests } = await openAgainst([503, away, "0"], [503, away, "0"], [200, { name: "Ada" }]);
  expect(await rest.get("/v1/contacts/1", Name)).toEqual({ name: "Ada" });
  expect(requests).toEqual(Array(3).fill("GET /base/v1/contacts/1 Bearer secret"));
});

test("a POST is sent once: it may have had its effect", async () => {
  const { rest, requests } = await openAgainst([503, away, "0"]);
  await expect(rest.post("/v1/books", {}, Name)).rejects.toThrow("/v1/books: The database is away");
  expect(requests).toHaveLength(1);
});

test("an error names the request and each fault, or says that another program answered", async () => {
  const errors = [{ pointer: "/name", detail: "must be a string" }];
  const { rest } = await openAgainst([400, { detail: "Invalid input", errors }], [502, []]);
  await expect(rest.post("/v1/books", {}, Name)).rejects.toThrow(
    "/v1/books: Invalid input\n  /name must be a string",
  );
  await expect(rest.as("other").get("/v1/books", Name)).rejects.toThrow(
    "/v1/books: the answer 502 did not come",
  );
});
