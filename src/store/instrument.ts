import { PrismaInstrumentation } from "@prisma/instrumentation";

/**
 * Makes every Prisma client emit spans for its transactions and statements, without their parameters. A file of its own:
 * the instrumentation is loaded only where tracing is on.
 */
export function instrumentDatabase(): void {
  new PrismaInstrumentation({ enabled: false }).enable();
}
