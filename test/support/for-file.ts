import { afterAll, inject } from "vitest";
import { openTestApp, type TestApp } from "./app.ts";
import { openService, type Service } from "./service.ts";

/** A service for all tests of one file, on the shared database. It is closed after them. */
export async function openServiceForFile(): Promise<Service> {
  const service = await openService(inject("databaseUrl"));
  afterAll(() => service.close());
  return service;
}

/** The API for all tests of one file, on the shared database. It is closed after them. */
export async function openAppForFile(): Promise<TestApp> {
  const server = await openTestApp(inject("databaseUrl"));
  afterAll(() => server.close());
  return server;
}
