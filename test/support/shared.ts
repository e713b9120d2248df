import { test as base, inject } from "vitest";
import { openTestApp, type TestApp } from "./app.ts";
import { openService, type Service } from "./service.ts";

let service: Promise<Service> | undefined;
let server: Promise<TestApp> | undefined;

/**
 * The service on the shared database. The test files of one vitest worker share it, because its connections and the
 * statements that they have planned cost more than most files. It ends with the worker: nobody closes it.
 */
export async function sharedService(): Promise<Service> {
  service ??= openService(inject("databaseUrl"));
  const opened = await service;
  // Those of the file before.
  opened.takeBooks();
  return opened;
}

/** The API without a worker, shared in the same way. */
export function sharedApp(): Promise<TestApp> {
  server ??= openTestApp(inject("databaseUrl"));
  return server;
}

/** A test that may ask for a new book on the shared service. */
export const test = base.extend("book", async () => (await sharedService()).makeBook());
