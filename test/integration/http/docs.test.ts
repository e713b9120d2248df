import { expect, test } from "vitest";
import { openClient } from "../../support/pages/contract.ts";
import { document } from "../../support/pages/document.ts";
import { sharedApp } from "../../support/shared.ts";

const server = await sharedApp();

test("the API description needs no key, and equals the committed openapi.yaml", async () => {
  const answer = await openClient(server.app).get("/openapi.json");
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual(document);
});

test("the docs pages load nothing from other hosts, and their policy makes the browser refuse it", async () => {
  const page = await server.app.inject({ url: "/docs/" });
  expect(page.statusCode).toBe(200);
  const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect(file).toMatch(/^\.\/static\//);
    const answer = await server.app.inject({ url: `/docs/${file}` });
    expect([file, answer.statusCode]).toEqual([file, 200]);
  }
  const policy = String(page.headers["content-security-policy"]);
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toMatch(/https?:|upgrade-insecure-requests/);
});

test("the script of the docs page loads our API description and no validator", async () => {
  const script = await server.app.inject({ url: "/docs/static/swagger-initializer.js" });
  expect(script.body).toContain('"validatorUrl":null');
  const described = await server.app.inject({ url: "/docs/json" });
  expect(described.json()).toEqual(document);
});

test("/docs works without the final slash", async () => {
  const page = await server.app.inject({ url: "/docs" });
  expect(page.body).toContain("/docs/static/swagger-ui-bundle.js");
});
